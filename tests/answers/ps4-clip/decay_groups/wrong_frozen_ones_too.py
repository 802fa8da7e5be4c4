# mistake: 53 frozen parameters are in a group
# loses: decay_groups-members
# hint: is frozen, and still it is in a group
def decay_groups(model, weight_decay):
    return [
        {
            "params": [p for p in model.parameters() if p.ndim > 1],
            "weight_decay": weight_decay,
        },
        {
            "params": [p for p in model.parameters() if p.ndim <= 1],
            "weight_decay": 0.0,
        },
    ]
