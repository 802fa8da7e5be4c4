# mistake: 21 what is no layer's own is forgotten
# loses: decay_groups-strength, decay_groups-members
# hint: weight decay does not pull at positions
def decay_groups(model, weight_decay):
    layers = [m for m in model.modules() if not list(m.children())]
    trained = {p for m in layers for p in m.parameters() if p.requires_grad}
    return [
        {"params": [p for p in trained if p.ndim > 1], "weight_decay": weight_decay},
        {"params": [p for p in trained if p.ndim <= 1], "weight_decay": 0.0},
    ]
