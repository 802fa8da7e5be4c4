# mistake: 61 what stands behind the last prompt, which may be the model's own
# loses: cut_answer-stop
# hint: at the BEGINNING of the output, once
def cut_answer(output, prompt):
    answer = output.split(prompt)[-1].strip()
    for stop in ("</s>", "Question:", "\n"):
        answer = answer.split(stop)[0]
    return re.sub(r"[\s.]+$", "", answer)
