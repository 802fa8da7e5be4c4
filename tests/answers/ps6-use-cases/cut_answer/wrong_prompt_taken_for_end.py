# mistake: 61 prompt not stripped, so that its own Question: ends the answer
# loses: cut_answer-prompt
# hint: Nothing is left
def cut_answer(output, prompt):
    answer = output.strip()
    for stop in ("</s>", "Question:", "\n"):
        answer = answer.split(stop)[0]
    return re.sub(r"[\s.]+$", "", answer)
