# mistake: 3 position embedding added before the class token
# loses: build_sequence-positions
# hint: added before the class token joined the sequence
def build_sequence(patches, class_token, registers, positions):
    batch, number, width = patches.shape
    patches = patches + positions[:number]
    first = torch.cat([class_token[None], registers])[None].expand(batch, -1, -1)
    return torch.cat([first, patches], dim=1)
