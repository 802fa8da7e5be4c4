def build_sequence(patches, class_token, registers, positions):
    batch, number, width = patches.shape
    count = len(registers)
    sequence = torch.empty(
        batch, 1 + count + number, width, dtype=patches.dtype, device=patches.device
    )
    sequence[:, 0] = class_token + positions[0]
    sequence[:, 1 : 1 + count] = registers
    sequence[:, 1 + count :] = torch.add(patches, positions[1:])
    return sequence
