# mistake: 61 counts on the prompt in the output
# loses: cut_answer-prompt, cut_answer-stop, cut_answer-tidy
# hint: count on something that need not be in the output
def cut_answer(output, prompt):
    answer = output[output.index(prompt) + len(prompt) :].strip()
    for stop in ("</s>", "Question:", "\n"):
        answer = answer.split(stop)[0]
    return re.sub(r"[\s.]+$", "", answer)
