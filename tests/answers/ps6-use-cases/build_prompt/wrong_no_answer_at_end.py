# mistake: 61 the prompt ends with the question
# loses: build_prompt-form
# hint: Answer: is missing at its end
def build_prompt(history, question, room, count):
    turns = [f"Question: {q} Answer: {a}. " for q, a in history]
    for n in range(len(turns) + 1):
        prompt = "".join(turns[n:]) + f"Question: {question}"
        if count(prompt) <= room:
            break
    return prompt
