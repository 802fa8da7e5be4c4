# mistake: 32 ranks are made smaller in proportion
# loses: recall_in_smaller_pool-first, recall_in_smaller_pool-more
# hint: made smaller in proportion
def recall_in_smaller_pool(ranks, pool, smaller, k):
    scaled = [rank * smaller / pool for rank in ranks]
    return sum(rank <= k for rank in scaled) / len(ranks)
