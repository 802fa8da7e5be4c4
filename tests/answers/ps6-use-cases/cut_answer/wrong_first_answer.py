# mistake: 61 the first answer of the conversation
# loses: cut_answer-prompt
# hint: That is the first answer of the conversation
def cut_answer(output, prompt):
    answer = output.strip()
    if output.startswith(prompt):
        answer = output.split("Answer:")[1].strip()
    for stop in ("</s>", "Question:", "\n"):
        answer = answer.split(stop)[0]
    return re.sub(r"[\s.]+$", "", answer)
