# mistake: 21 weight decay on scale, norms and biases
# loses: decay_groups-strength
# hint: weight decay pulls at log_scale
def decay_groups(model, weight_decay):
    trained = [p for p in model.parameters() if p.requires_grad]
    return [{"params": trained, "weight_decay": weight_decay}]
