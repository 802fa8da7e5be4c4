# mistake: 28 gradients are cleared between backward and step
# loses: training_step-bounds, training_step-update, training_step-parameter
# hint: it should be
def training_step(model, optimizer, images, texts):
    loss = model(images, texts)
    loss.backward()
    optimizer.zero_grad()
    optimizer.step()
    with torch.no_grad():
        model.log_scale.clamp_(0, math.log(100))
    return loss.item()
