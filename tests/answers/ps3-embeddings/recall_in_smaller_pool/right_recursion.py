def recall_in_smaller_pool(ranks, pool, smaller, k):
    def chances(rank):
        """The probability of each number of better candidates, draw by draw."""
        better, wrong = rank - 1, pool - 1
        found = [1.0] + [0.0] * k  # k better ones or more are one case
        for drawn in range(smaller - 1):
            step = [0.0] * (k + 1)
            for count, chance in enumerate(found):
                up = max(better - count, 0) / (wrong - drawn)
                step[min(count + 1, k)] += chance * up
                step[count] += chance * (1 - up)
            found = step
        return found

    return sum(sum(chances(rank)[:k]) for rank in ranks) / len(ranks)
