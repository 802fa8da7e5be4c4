def class_vectors(prompts, classes, number):
    width = prompts.shape[1]
    sums = [[0.0] * width for _ in range(number)]
    for prompt, c in zip(prompts.tolist(), classes.tolist()):
        length = math.hypot(*prompt)
        for i, x in enumerate(prompt):
            sums[c][i] += x / length
    units = [[x / math.hypot(*row) for x in row] for row in sums]
    return torch.tensor(units, dtype=prompts.dtype)
