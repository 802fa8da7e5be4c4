def decay_groups(model, weight_decay):
    return [
        {"params": [p], "weight_decay": weight_decay if len(p.shape) > 1 else 0}
        for p in model.parameters()
        if p.requires_grad
    ]
