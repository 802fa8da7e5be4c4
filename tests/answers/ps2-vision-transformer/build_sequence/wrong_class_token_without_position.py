# mistake: 3 positions only for the patches
# loses: build_sequence-positions
# hint: nothing was added to the class token
def build_sequence(patches, class_token, registers, positions):
    n = len(patches)
    cls = class_token.repeat(n, 1, 1)
    reg = registers.repeat(n, 1, 1)
    return torch.cat((cls, reg, patches + positions[1:]), 1)
