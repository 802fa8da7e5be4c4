# mistake: the turns stand in the wrong order
# loses: build_prompt-memory
# hint: the oldest turn comes first
def build_prompt(history, question, room, count):
    turns = [f"Question: {q} Answer: {a}. " for q, a in history]
    for n in range(len(turns) + 1):
        prompt = "".join(turns[n:][::-1]) + f"Question: {question} Answer:"
        if count(prompt) <= room:
            break
    return prompt
