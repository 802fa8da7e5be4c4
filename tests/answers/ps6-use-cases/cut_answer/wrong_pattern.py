# mistake: 61 the prompt is taken for a pattern
# loses: cut_answer-prompt
# hint: Nothing is left
def cut_answer(output, prompt):
    answer = re.sub("^" + prompt, "", output).strip()
    for stop in ("</s>", "Question:", "\n"):
        answer = answer.split(stop)[0]
    return re.sub(r"[\s.]+$", "", answer)
