# mistake: the braces of a question are taken for places to fill in
# loses: build_prompt-memory
# hint: takes the braces of a question for its own
def build_prompt(history, question, room, count):
    for n in range(len(history) + 1):
        template = "".join(f"Question: {q} Answer: {a}. " for q, a in history[n:])
        prompt = (template + "Question: {} Answer:").format(question)
        if count(prompt) <= room:
            break
    return prompt
