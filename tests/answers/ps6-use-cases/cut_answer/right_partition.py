def cut_answer(output, prompt):
    text = output.removeprefix(prompt).lstrip()
    for stop in ["\n", "</s>", "Question:"]:
        text, _, _ = text.partition(stop)
    while text != text.rstrip().rstrip("."):
        text = text.rstrip().rstrip(".")
    return text
