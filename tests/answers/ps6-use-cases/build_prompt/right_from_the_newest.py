def write_turn(asked, said):
    return "Question: %s Answer: %s. " % (asked, said)


def build_prompt(history, question, room, count):
    prompt = "Question: %s Answer:" % question
    for asked, said in reversed(history):
        longer = write_turn(asked, said) + prompt
        if count(longer) > room:
            break
        prompt = longer
    return prompt
