# mistake: 32 recall@k without the pool size
# loses: recall_in_smaller_pool-first, recall_in_smaller_pool-more
# hint: this is the recall in the large pool
def recall_in_smaller_pool(ranks, pool, smaller, k):
    return sum(rank <= k for rank in ranks) / len(ranks)
