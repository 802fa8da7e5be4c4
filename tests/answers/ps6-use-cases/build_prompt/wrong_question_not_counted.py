# mistake: the new question is not counted
# loses: build_prompt-room
# hint: which is more than fit
def build_prompt(history, question, room, count):
    new = f"Question: {question} Answer:"
    turns = [f"Question: {q} Answer: {a}. " for q, a in history]
    while turns and count("".join(turns)) > room:
        turns = turns[1:]
    return "".join(turns) + new
