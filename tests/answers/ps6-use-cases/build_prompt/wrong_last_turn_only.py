# mistake: the model is thought to remember by itself
# loses: build_prompt-memory, build_prompt-room
# hint: only the last turn is remembered
def build_prompt(history, question, room, count):
    turns = [f"Question: {q} Answer: {a}. " for q, a in history[-1:]]
    for n in range(len(turns) + 1):
        prompt = "".join(turns[n:]) + f"Question: {question} Answer:"
        if count(prompt) <= room:
            break
    return prompt
