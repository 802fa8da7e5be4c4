# mistake: classes are numbered as they occur
# loses: class_vectors-classes
# hint: the classes come in the order in which they occur
def class_vectors(prompts, classes, number):
    units = F.normalize(prompts, dim=-1)
    seen = list(dict.fromkeys(classes.tolist()))
    means = torch.stack([units[classes == c].mean(dim=0) for c in seen])
    return F.normalize(means, dim=-1)
