# mistake: the whole history is left out when it does not fit
# loses: build_prompt-room
# hint: the whole history is left out
def build_prompt(history, question, room, count):
    new = f"Question: {question} Answer:"
    turns = "".join(f"Question: {q} Answer: {a}. " for q, a in history)
    return turns + new if count(turns + new) <= room else new
