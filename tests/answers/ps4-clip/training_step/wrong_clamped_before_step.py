# mistake: 20 scale clamped before the step
# loses: training_step-bounds
# hint: Is it clamped before the optimizer's step
def training_step(model, optimizer, images, texts):
    optimizer.zero_grad()
    with torch.no_grad():
        model.log_scale.clamp_(0, math.log(100))
    loss = model(images, texts)
    loss.backward()
    optimizer.step()
    return loss.item()
