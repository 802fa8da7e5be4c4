# mistake: 61 the length of the prompt is cut off also where it isn't there
# loses: cut_answer-prompt, cut_answer-stop, cut_answer-tidy
# hint: although the output does not begin with it
def cut_answer(output, prompt):
    answer = output[len(prompt) :].strip()
    for stop in ("</s>", "Question:", "\n"):
        answer = answer.split(stop)[0]
    return re.sub(r"[\s.]+$", "", answer)
