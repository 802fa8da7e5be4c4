def training_step(model, optimizer, images, texts):
    optimizer.zero_grad(set_to_none=True)
    loss = model(images, texts)
    loss.backward()
    optimizer.step()
    model.log_scale.data.clamp_(min=0.0, max=math.log(100.0))
    return float(loss.detach())
