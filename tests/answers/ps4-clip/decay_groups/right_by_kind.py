def decay_groups(model, weight_decay):
    norms = (nn.LayerNorm, nn.GroupNorm, nn.modules.batchnorm._BatchNorm)
    gains = {id(m.weight) for m in model.modules() if isinstance(m, norms)}
    decay, rest = {}, {}
    for name, parameter in model.named_parameters():
        if not parameter.requires_grad:
            continue
        spared = name.endswith(("bias", "log_scale")) or id(parameter) in gains
        (rest if spared else decay)[name] = parameter
    return [
        dict(params=list(rest.values()), weight_decay=0.0),
        dict(params=list(decay.values()), weight_decay=weight_decay),
    ]
