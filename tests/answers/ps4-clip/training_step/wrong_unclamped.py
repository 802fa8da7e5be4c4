# mistake: 20 scale unclamped
# loses: training_step-bounds
# hint: Was it clamped
def training_step(model, optimizer, images, texts):
    optimizer.zero_grad()
    loss = model(images, texts)
    loss.backward()
    optimizer.step()
    return loss.item()
