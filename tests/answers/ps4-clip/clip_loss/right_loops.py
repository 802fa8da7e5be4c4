def clip_loss(images, texts, log_scale):
    total = 0
    for queries, candidates in ((images, texts), (texts, images)):
        for place in range(len(queries)):
            cosines = F.cosine_similarity(queries[place][None], candidates, dim=1)
            shares = (cosines * log_scale.exp()).log_softmax(dim=0)
            total = total - shares[place]
    return total / (2 * len(images))
