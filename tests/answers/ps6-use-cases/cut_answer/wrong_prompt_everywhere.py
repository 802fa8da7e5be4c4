# mistake: 61 the prompt is taken out wherever it stands, also where the model repeats it
# loses: cut_answer-stop
# hint: at the BEGINNING of the output, once
def cut_answer(output, prompt):
    answer = output.replace(prompt, "").strip()
    for stop in ("</s>", "Question:", "\n"):
        answer = answer.split(stop)[0]
    return re.sub(r"[\s.]+$", "", answer)
