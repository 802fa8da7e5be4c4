# mistake: the tokens of the turns are added up, each with its own beginning
# loses: build_prompt-room
# hint: is it counted as ONE text
def build_prompt(history, question, room, count):
    prompt = f"Question: {question} Answer:"
    left = room - count(prompt)
    for q, a in reversed(history):
        turn = f"Question: {q} Answer: {a}. "
        left -= count(turn)
        if left < 0:
            break
        prompt = turn + prompt
    return prompt
