def build_prompt(history, question, room, count):
    prompt = ""
    for asked, said in history:
        prompt += "Question: " + asked + " Answer: " + said + ". "
    prompt += "Question: " + question + " Answer:"
    if history and count(prompt) > room:
        return build_prompt(history[1:], question, room, count)
    return prompt
