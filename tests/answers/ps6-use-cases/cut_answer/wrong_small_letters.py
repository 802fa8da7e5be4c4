# mistake: 61 letters are made small
# loses: cut_answer-tidy
# hint: Letters stay as they are
def cut_answer(output, prompt):
    answer = output.removeprefix(prompt).strip()
    for stop in ("</s>", "Question:", "\n"):
        answer = answer.split(stop)[0]
    return re.sub(r"[\s.]+$", "", answer).lower()
