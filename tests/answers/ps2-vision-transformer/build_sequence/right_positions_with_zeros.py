def build_sequence(patches, class_token, registers, positions):
    batch, number, width = patches.shape
    nothing = torch.zeros_like(registers)
    added = torch.cat([positions[:1], nothing, positions[1:]])
    fixed = torch.cat([class_token.unsqueeze(0), registers])
    tokens = torch.cat([fixed.unsqueeze(0).repeat(batch, 1, 1), patches], dim=1)
    return tokens + added
