# mistake: 15 the averages are normalised over the classes
# loses: class_vectors-classes, class_vectors-prompts, class_vectors-length
# hint: these are not the right numbers
def class_vectors(prompts, classes, number):
    units = F.normalize(prompts, dim=-1)
    means = torch.stack([units[classes == c].mean(dim=0) for c in range(number)])
    return F.normalize(means, dim=0)
