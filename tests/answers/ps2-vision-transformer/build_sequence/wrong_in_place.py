# mistake: the patches that were given are overwritten
# loses: build_sequence-batch
# hint: was changed in place
def build_sequence(patches, class_token, registers, positions):
    batch = patches.shape[0]
    patches += positions[1:]
    first = torch.cat([(class_token + positions[0])[None], registers])
    return torch.cat([first.repeat(batch, 1, 1), patches], dim=1)
