def build_sequence(patches, class_token, registers, positions):
    sequences = []
    for image in patches:
        rows = [class_token + positions[0]]
        rows.extend(registers)
        for place, patch in enumerate(image):
            rows.append(patch + positions[place + 1])
        sequences.append(torch.stack(rows))
    return torch.stack(sequences)
