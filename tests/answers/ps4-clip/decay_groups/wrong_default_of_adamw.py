# mistake: 21 a group without a weight_decay of its own gets the default
# loses: decay_groups-strength
# hint: that is AdamW's default
def decay_groups(model, weight_decay):
    trained = [p for p in model.parameters() if p.requires_grad]
    return [
        {"params": [p for p in trained if p.ndim > 1], "weight_decay": weight_decay},
        {"params": [p for p in trained if p.ndim <= 1]},
    ]
