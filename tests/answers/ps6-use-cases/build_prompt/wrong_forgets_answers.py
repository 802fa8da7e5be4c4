# mistake: a conversation of questions only
# loses: build_prompt-form, build_prompt-memory
# hint: and it should be
def build_prompt(history, question, room, count):
    turns = [f"Question: {q} " for q, _ in history]
    for n in range(len(turns) + 1):
        prompt = "".join(turns[n:]) + f"Question: {question} Answer:"
        if count(prompt) <= room:
            break
    return prompt
