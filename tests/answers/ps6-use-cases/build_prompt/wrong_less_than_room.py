# mistake: a prompt that just fits is thought too long
# loses: build_prompt-room
# hint: exactly `room` tokens
def build_prompt(history, question, room, count):
    turns = [f"Question: {q} Answer: {a}. " for q, a in history]
    for n in range(len(turns) + 1):
        prompt = "".join(turns[n:]) + f"Question: {question} Answer:"
        if count(prompt) < room:
            break
    return prompt
