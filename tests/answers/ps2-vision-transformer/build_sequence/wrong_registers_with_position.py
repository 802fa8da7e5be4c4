# mistake: 3 registers get the class token's position too
# loses: build_sequence-positions
# hint: the registers got the class token's position
def build_sequence(patches, class_token, registers, positions):
    batch = patches.shape[0]
    first = torch.cat([class_token[None], registers]) + positions[:1]
    return torch.cat([first.expand(batch, -1, -1), patches + positions[1:]], dim=1)
