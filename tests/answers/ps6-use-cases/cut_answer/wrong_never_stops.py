# mistake: 61 what the model writes after its answer belongs to it
# loses: cut_answer-stop
# hint: an answer ends before the FIRST
def cut_answer(output, prompt):
    return re.sub(r"[\s.]+$", "", output.removeprefix(prompt).strip())
