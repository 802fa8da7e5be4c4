# mistake: 24 a text without END is read at its start
# loses: pool_at_end-cut
# hint: What does argmax give if all numbers are equal
def pool_at_end(states, ids, end_id):
    return states[torch.arange(len(ids)), (ids == end_id).int().argmax(dim=1)]
