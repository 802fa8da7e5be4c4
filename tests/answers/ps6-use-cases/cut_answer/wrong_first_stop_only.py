# mistake: 61 stops are looked for one after the other, and the first found counts
# loses: cut_answer-stop
# hint: whichever comes first
def cut_answer(output, prompt):
    answer = output.removeprefix(prompt).strip()
    for stop in ("</s>", "Question:", "\n"):
        if stop in answer:
            answer = answer.split(stop)[0]
            break
    return re.sub(r"[\s.]+$", "", answer)
