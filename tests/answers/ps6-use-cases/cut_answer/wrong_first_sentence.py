# mistake: 61 a full stop ends the answer
# loses: cut_answer-stop, cut_answer-tidy
# hint: cut at a full stop
def cut_answer(output, prompt):
    answer = output.removeprefix(prompt).strip()
    for stop in ("</s>", "Question:", "\n", "."):
        answer = answer.split(stop)[0]
    return answer.strip()
