# mistake: 61 an answer goes on after a line break
# loses: cut_answer-stop
# hint: It goes on after '\n'
def cut_answer(output, prompt):
    answer = output.removeprefix(prompt).strip()
    for stop in ("</s>", "Question:"):
        answer = answer.split(stop)[0]
    return re.sub(r"[\s.]+$", "", answer)
