# mistake: 61 only the mark ends an answer
# loses: cut_answer-stop
# hint: It goes on after 'Question:'
def cut_answer(output, prompt):
    answer = output.removeprefix(prompt).strip().split("</s>")[0]
    return re.sub(r"[\s.]+$", "", answer)
