# mistake: 61 no full stop after the answers
# loses: build_prompt-form
# hint: Are there full stops after the answers
def build_prompt(history, question, room, count):
    turns = [f"Question: {q} Answer: {a} " for q, a in history]
    for n in range(len(turns) + 1):
        prompt = "".join(turns[n:]) + f"Question: {question} Answer:"
        if count(prompt) <= room:
            break
    return prompt
