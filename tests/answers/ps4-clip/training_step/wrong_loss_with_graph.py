# mistake: 28 the loss keeps its graph
# loses: training_step-update
# hint: its graph would be kept in memory
def training_step(model, optimizer, images, texts):
    optimizer.zero_grad()
    loss = model(images, texts)
    loss.backward()
    optimizer.step()
    with torch.no_grad():
        model.log_scale.clamp_(0, math.log(100))
    return loss
