def class_vectors(prompts, classes, number):
    rows = []
    for c in range(number):
        own = prompts[classes == c]
        own = own / own.norm(dim=1, keepdim=True)
        mean = own.mean(dim=0)
        rows.append(mean / mean.norm())
    return torch.stack(rows)
