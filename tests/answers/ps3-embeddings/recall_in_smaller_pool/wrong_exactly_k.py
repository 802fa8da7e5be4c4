# mistake: exactly k - 1 better ones instead of at most
# loses: recall_in_smaller_pool-more
# hint: fewer are welcome too
def recall_in_smaller_pool(ranks, pool, smaller, k):
    total, draws = 0.0, smaller - 1
    for rank in ranks:
        if k - 1 <= draws:
            ways = math.comb(rank - 1, k - 1) * math.comb(pool - rank, draws - k + 1)
            total += ways / math.comb(pool - 1, draws)
    return total / len(ranks)
