# mistake: 61 full stops at the beginning are taken away, too
# loses: cut_answer-tidy
# hint: Full stops are taken away at the end only
def cut_answer(output, prompt):
    answer = output.removeprefix(prompt).strip()
    for stop in ("</s>", "Question:", "\n"):
        answer = answer.split(stop)[0]
    return answer.strip(". \n\t")
