# mistake: 61 white space before the full stop stays
# loses: cut_answer-tidy
# hint: White space at the ends does not count
def cut_answer(output, prompt):
    answer = output.removeprefix(prompt).strip()
    for stop in ("</s>", "Question:", "\n"):
        answer = answer.split(stop)[0]
    return answer.strip().rstrip(".")
