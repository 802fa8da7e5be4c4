def class_vectors(prompts, classes, number):
    lengths = torch.linalg.vector_norm(prompts, dim=-1)
    sums = prompts.new_zeros(number, prompts.shape[-1])
    sums.index_add_(0, classes, prompts / lengths.unsqueeze(-1))
    return sums / torch.linalg.vector_norm(sums, dim=-1, keepdim=True)
