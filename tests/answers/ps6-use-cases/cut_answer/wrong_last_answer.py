# mistake: 61 the last answer, which may be one to a question of the model's own
# loses: cut_answer-stop
# hint: That is the LAST answer
def cut_answer(output, prompt):
    answer = output.split("Answer:")[-1].strip()
    for stop in ("</s>", "Question:", "\n"):
        answer = answer.split(stop)[0]
    return re.sub(r"[\s.]+$", "", answer)
