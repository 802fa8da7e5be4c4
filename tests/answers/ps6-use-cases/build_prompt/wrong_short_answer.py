# mistake: 61 the form for single questions in a conversation
# loses: build_prompt-form
# hint: not Short answer
def build_prompt(history, question, room, count):
    turns = [f"Question: {q} Short answer: {a}. " for q, a in history]
    for n in range(len(turns) + 1):
        prompt = "".join(turns[n:]) + f"Question: {question} Short answer:"
        if count(prompt) <= room:
            break
    return prompt
