# mistake: 61 lstrip takes a text for a set of letters
# loses: cut_answer-prompt, cut_answer-stop, cut_answer-tidy
# hint: lstrip() takes away all letters
def cut_answer(output, prompt):
    answer = output.lstrip(prompt).strip()
    for stop in ("</s>", "Question:", "\n"):
        answer = answer.split(stop)[0]
    return re.sub(r"[\s.]+$", "", answer)
