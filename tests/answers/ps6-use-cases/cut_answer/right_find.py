def cut_answer(output, prompt):
    if output[: len(prompt)] == prompt:
        output = output[len(prompt) :]
    output = output.lstrip()
    places = [output.find(stop) for stop in ("</s>", "Question:", "\n")]
    end = min([place for place in places if place >= 0], default=len(output))
    answer = output[:end]
    while answer and (answer[-1] == "." or answer[-1].isspace()):
        answer = answer[:-1]
    return answer
