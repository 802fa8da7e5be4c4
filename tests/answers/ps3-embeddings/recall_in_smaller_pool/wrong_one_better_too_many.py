# mistake: k better candidates are allowed
# loses: recall_in_smaller_pool-first, recall_in_smaller_pool-more
# hint: one better candidate is one too many
def recall_in_smaller_pool(ranks, pool, smaller, k):
    total, draws = 0.0, smaller - 1
    for rank in ranks:
        for j in range(min(k, draws) + 1):
            ways = math.comb(rank - 1, j) * math.comb(pool - rank, draws - j)
            total += ways / math.comb(pool - 1, draws)
    return total / len(ranks)
