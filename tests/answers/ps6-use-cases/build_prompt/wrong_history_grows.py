# mistake: the history of the caller is changed
# loses: build_prompt-form, build_prompt-memory, build_prompt-room
# hint: was changed in place
def build_prompt(history, question, room, count):
    prompt = f"Question: {question} Answer:"
    turns = [f"Question: {q} Answer: {a}. " for q, a in history]
    history.append((question, ""))
    for n in range(len(turns) + 1):
        prompt = "".join(turns[n:]) + f"Question: {question} Answer:"
        if count(prompt) <= room:
            break
    return prompt
