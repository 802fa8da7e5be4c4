# mistake: 61 prompt not stripped from the answer
# loses: cut_answer-prompt, cut_answer-stop
# hint: The prompt is still in it
def cut_answer(output, prompt):
    return re.sub(r"[\s.]+$", "", output.strip())
