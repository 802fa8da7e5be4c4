# mistake: 15 prompts are normalised over the batch axis
# loses: class_vectors-classes, class_vectors-prompts
# hint: these are not the right numbers
def class_vectors(prompts, classes, number):
    units = F.normalize(prompts, dim=0)
    means = torch.stack([units[classes == c].mean(dim=0) for c in range(number)])
    return F.normalize(means, dim=-1)
