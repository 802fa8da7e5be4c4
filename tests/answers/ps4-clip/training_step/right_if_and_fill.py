@torch.enable_grad()
def training_step(model, optimizer, images, texts):
    for parameter in model.parameters():
        parameter.grad = None
    loss = model(images, texts)
    loss.backward()
    optimizer.step()
    value, highest = model.log_scale.item(), math.log(100)
    if value > highest:
        model.log_scale.detach().fill_(highest)
    elif value < 0:
        model.log_scale.detach().zero_()
    return loss.item()
