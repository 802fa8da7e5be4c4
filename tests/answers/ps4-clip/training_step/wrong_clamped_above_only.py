# mistake: 20 scale clamped above only
# loses: training_step-bounds
# hint: out of its bounds
def training_step(model, optimizer, images, texts):
    optimizer.zero_grad()
    loss = model(images, texts)
    loss.backward()
    optimizer.step()
    with torch.no_grad():
        model.log_scale.clamp_(max=math.log(100))
    return loss.item()
