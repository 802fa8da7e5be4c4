# mistake: 21 weight decay on norms: only biases and the scale are spared
# loses: decay_groups-strength
# hint: weight decay pulls at norm.weight
def decay_groups(model, weight_decay):
    decayed, others = [], []
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            spared = "bias" in name or "log_scale" in name
            (others if spared else decayed).append(parameter)
    return [
        {"params": decayed, "weight_decay": weight_decay},
        {"params": others, "weight_decay": 0.0},
    ]
