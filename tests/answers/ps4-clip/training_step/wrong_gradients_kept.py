# mistake: 28 gradients of earlier steps are added
# loses: training_step-update
# hint: gradients from before the step were added
def training_step(model, optimizer, images, texts):
    loss = model(images, texts)
    loss.backward()
    optimizer.step()
    with torch.no_grad():
        model.log_scale.clamp_(0, math.log(100))
    return loss.item()
