# mistake: 61 a space behind the last colon
# loses: build_prompt-form
# hint: Something stands behind the last colon
def build_prompt(history, question, room, count):
    turns = [f"Question: {q} Answer: {a}. " for q, a in history]
    for n in range(len(turns) + 1):
        prompt = "".join(turns[n:]) + f"Question: {question} Answer: "
        if count(prompt) <= room:
            break
    return prompt
