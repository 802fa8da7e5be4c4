# mistake: 61 the full stop stays
# loses: cut_answer-tidy
# hint: Full stops at the end do not belong to an answer
def cut_answer(output, prompt):
    answer = output.removeprefix(prompt).strip()
    for stop in ("</s>", "Question:", "\n"):
        answer = answer.split(stop)[0]
    return answer.strip()
