# mistake: the prompt grows without end
# loses: build_prompt-room
# hint: which is more than fit
def build_prompt(history, question, room, count):
    turns = "".join(f"Question: {q} Answer: {a}. " for q, a in history)
    return f"{turns}Question: {question} Answer:"
