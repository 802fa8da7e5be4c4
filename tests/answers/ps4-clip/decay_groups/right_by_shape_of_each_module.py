def decay_groups(model, weight_decay):
    strengths, seen = {0.0: [], weight_decay: []}, set()
    for module in model.modules():
        for parameter in module.parameters(recurse=False):
            if parameter in seen or not parameter.requires_grad:
                continue
            seen.add(parameter)
            strengths[weight_decay if parameter.dim() >= 2 else 0.0].append(parameter)
    return [{"params": ps, "weight_decay": wd} for wd, ps in strengths.items()]
