def loss_without_duplicates(logits, captions):
    import numpy as np

    names = np.array(captions, dtype=object)
    same = torch.from_numpy((names[:, None] == names[None, :]).astype(bool))
    penalty = torch.zeros_like(logits)
    penalty[same & ~torch.eye(len(captions), dtype=torch.bool)] = -math.inf
    right = torch.arange(len(captions))
    rows = F.cross_entropy(logits + penalty, right)
    columns = F.cross_entropy((logits + penalty).T, right)
    return torch.stack([rows, columns]).mean()
