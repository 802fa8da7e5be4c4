def log_comb(n, r):
    return math.lgamma(n + 1) - math.lgamma(r + 1) - math.lgamma(n - r + 1)


def recall_in_smaller_pool(ranks, pool, smaller, k):
    draws, chances = smaller - 1, []
    for rank in ranks:
        better, worse = rank - 1, pool - rank
        lowest, highest = max(0, draws - worse), min(k - 1, better, draws)
        logs = [
            log_comb(better, j) + log_comb(worse, draws - j) - log_comb(pool - 1, draws)
            for j in range(lowest, highest + 1)
        ]
        chances.append(math.fsum(map(math.exp, logs)))
    return math.fsum(chances) / len(chances)
