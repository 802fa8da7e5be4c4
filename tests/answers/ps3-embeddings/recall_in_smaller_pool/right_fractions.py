from fractions import Fraction


def recall_in_smaller_pool(ranks, pool, smaller, k):
    total = Fraction(0)
    for rank in ranks:
        for j in range(0, min(k, smaller)):
            if j <= rank - 1 and smaller - 1 - j <= pool - rank:
                total += Fraction(
                    math.comb(rank - 1, j) * math.comb(pool - rank, smaller - 1 - j),
                    math.comb(pool - 1, smaller - 1),
                )
    return float(total / len(ranks))
