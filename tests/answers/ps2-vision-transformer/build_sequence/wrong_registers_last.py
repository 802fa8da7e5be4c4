# mistake: registers behind the patches
# loses: build_sequence-order
# hint: the registers stand behind the patches
def build_sequence(patches, class_token, registers, positions):
    batch = patches.shape[0]
    tokens = torch.cat([class_token.expand(batch, 1, -1), patches], dim=1) + positions
    return torch.cat([tokens, registers.expand(batch, -1, -1)], dim=1)
