def zero_shot(images, prompts, log_scale):
    table = nn.utils.rnn.pad_sequence(list(prompts), batch_first=True)
    sums = F.normalize(table, dim=-1).sum(dim=1)  # padding is zero and stays zero
    logits = torch.einsum("iw,cw->ic", F.normalize(images), F.normalize(sums))
    return logits.mul(log_scale.exp()).log_softmax(-1).exp()
