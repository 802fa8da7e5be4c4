# mistake: 4 one class token shared without expand
# loses: build_sequence-batch
# hint: does each image get its own copy of the class token
def build_sequence(patches, class_token, registers, positions):
    class_token = class_token[None, None] + positions[0]
    patches = patches + positions[1:]
    return torch.cat([class_token, registers[None], patches], dim=1)
