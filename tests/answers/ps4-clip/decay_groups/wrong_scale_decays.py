# mistake: 21 weight decay on the scale
# loses: decay_groups-strength
# hint: weight decay pulls at log_scale
def decay_groups(model, weight_decay):
    decayed, others = [], []
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            spared = "norm" in name or "bias" in name or ".1." in name or ".2." in name
            (others if spared else decayed).append(parameter)
    return [
        {"params": decayed, "weight_decay": weight_decay},
        {"params": others, "weight_decay": 0.0},
    ]
