# mistake: full stops of an answer are taken away before one is put behind it
# loses: build_prompt-form
# hint: Are there full stops after the answers
def build_prompt(history, question, room, count):
    turns = [f"Question: {q} Answer: {a.rstrip('.')}. " for q, a in history]
    last = f"Question: {question} Answer:"
    while turns and count("".join(turns) + last) > room:
        turns.pop(0)
    return "".join(turns) + last
