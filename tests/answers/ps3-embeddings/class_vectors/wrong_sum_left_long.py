# mistake: 30 the directions are added and left so
# loses: class_vectors-length
# hint: these are the lengths of the sums
def class_vectors(prompts, classes, number):
    units = F.normalize(prompts, dim=-1)
    return torch.stack([units[classes == c].sum(dim=0) for c in range(number)])
