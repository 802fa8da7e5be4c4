def cut_answer(output, prompt):
    written = output[len(prompt) :] if output.startswith(prompt) else output
    found = re.match(r"\s*(.*?)[\s.]*(</s>|Question:|\n|\Z)", written, re.DOTALL)
    return found[1]
