def two_way_loss(similarities, right, temperature):
    logits = similarities / temperature
    right = right.to(logits.dtype)
    to_texts = right / right.sum(1, keepdim=True) * logits.log_softmax(1)
    to_images = right / right.sum(0, keepdim=True) * logits.log_softmax(0)
    images, texts = right.shape
    return -(to_texts.sum() / images + to_images.sum() / texts) / 2
