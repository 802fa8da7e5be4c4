# mistake: 30 as many prompts for each class are assumed
# loses: zero_shot-lengths, zero_shot-ensemble
# hint: stack expects each tensor to be equal size
def zero_shot(images, prompts, log_scale):
    vectors = F.normalize(torch.stack(prompts), dim=-1)
    classes = F.normalize(vectors.mean(dim=1), dim=-1)
    logits = log_scale.exp() * F.normalize(images, dim=1) @ classes.T
    return logits.softmax(dim=1)
