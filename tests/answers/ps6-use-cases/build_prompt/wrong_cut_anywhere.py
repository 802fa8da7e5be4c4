# mistake: the text is cut to its last words
# loses: build_prompt-room
# hint: Is it cut within a turn
def build_prompt(history, question, room, count):
    turns = "".join(f"Question: {q} Answer: {a}. " for q, a in history)
    new = f"Question: {question} Answer:"
    before = turns
    while before and count(before + new) > room:
        before = before[1:]
    return before + new
