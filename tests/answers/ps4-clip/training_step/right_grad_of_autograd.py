def training_step(model, optimizer, images, texts):
    parameters = [p for p in model.parameters() if p.requires_grad]
    loss = model(images, texts)
    gradients = torch.autograd.grad(loss, parameters, allow_unused=True)
    for parameter, gradient in zip(parameters, gradients):
        parameter.grad = gradient
    optimizer.step()
    with torch.no_grad():
        scale = model.log_scale.exp().clamp(1, 100)
        if not 0 < model.log_scale.item() < math.log(100):
            model.log_scale.copy_(scale.log())
    return loss.tolist()
