# mistake: nothing is asked if the question does not fit
# loses: build_prompt-room
# hint: the new question is missing
def build_prompt(history, question, room, count):
    turns = [f"Question: {q} Answer: {a}. " for q, a in history]
    for n in range(len(turns) + 1):
        prompt = "".join(turns[n:]) + f"Question: {question} Answer:"
        if count(prompt) <= room:
            return prompt
    return ""
