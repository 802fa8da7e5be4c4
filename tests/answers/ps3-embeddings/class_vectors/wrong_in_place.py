# mistake: the prompts are normalised in place
# loses: class_vectors-classes, class_vectors-prompts
# hint: was changed in place
def class_vectors(prompts, classes, number):
    prompts /= prompts.norm(dim=1, keepdim=True) * (1 + 1e-6)
    means = torch.stack([prompts[classes == c].mean(dim=0) for c in range(number)])
    return means / means.norm(dim=1, keepdim=True)
