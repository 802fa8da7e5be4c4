# mistake: 61 a line break before the answer ends it
# loses: cut_answer-stop
# hint: white space before the answer
def cut_answer(output, prompt):
    answer = output.removeprefix(prompt)
    for stop in ("</s>", "Question:", "\n"):
        answer = answer.split(stop)[0]
    return re.sub(r"[\s.]+$", "", answer.strip())
