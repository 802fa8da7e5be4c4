# mistake: 61 line breaks instead of spaces
# loses: build_prompt-form
# hint: one space stands
def build_prompt(history, question, room, count):
    turns = [f"Question: {q}\nAnswer: {a}.\n" for q, a in history]
    for n in range(len(turns) + 1):
        prompt = "".join(turns[n:]) + f"Question: {question}\nAnswer:"
        if count(prompt) <= room:
            break
    return prompt
