# mistake: the right answer is not taken out of the number that is drawn
# loses: recall_in_smaller_pool-first, recall_in_smaller_pool-more
# hint: draw one less
def recall_in_smaller_pool(ranks, pool, smaller, k):
    total, all_ways = 0.0, math.comb(pool - 1, min(smaller, pool - 1))
    for rank in ranks:
        for j in range(min(k, smaller)):
            ways = math.comb(rank - 1, j) * math.comb(pool - rank, smaller - j)
            total += ways / all_ways
    return total / len(ranks)
