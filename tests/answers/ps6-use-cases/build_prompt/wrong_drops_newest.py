# mistake: the newest turns are left out
# loses: build_prompt-room
# hint: leave out the OLDEST
def build_prompt(history, question, room, count):
    turns = [f"Question: {q} Answer: {a}. " for q, a in history]
    while True:
        prompt = "".join(turns) + f"Question: {question} Answer:"
        if not turns or count(prompt) <= room:
            return prompt
        turns.pop()
