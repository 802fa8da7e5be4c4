def build_prompt(history, question, room, count):
    def write(turns):
        text = "".join("Question: {} Answer: {}. ".format(*turn) for turn in turns)
        return text + "Question: {} Answer:".format(question)

    candidates = [write(history[n:]) for n in range(len(history) + 1)]
    return next((p for p in candidates if count(p) <= room), candidates[-1])
