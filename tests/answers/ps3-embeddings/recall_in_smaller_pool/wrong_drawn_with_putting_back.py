# mistake: wrong candidates are drawn with putting back
# loses: recall_in_smaller_pool-first, recall_in_smaller_pool-more
# hint: drawn with putting back
def recall_in_smaller_pool(ranks, pool, smaller, k):
    total, draws = 0.0, smaller - 1
    for rank in ranks:
        p = (rank - 1) / (pool - 1)
        for j in range(min(k, smaller)):
            total += math.comb(draws, j) * p**j * (1 - p) ** (draws - j)
    return total / len(ranks)
