def nucleus(logits, temperature, top_p):
    shares = torch.exp(torch.log_softmax(logits / temperature, dim=-1))
    likelier = shares[:, None, :] > shares[:, :, None]
    before = (likelier * shares[:, None, :]).sum(dim=-1)
    shares = torch.where(before < top_p, shares, torch.zeros_like(shares))
    return torch.div(shares, shares.sum(dim=-1, keepdim=True))
