# mistake: the probability is estimated by drawing
# loses: recall_in_smaller_pool-first, recall_in_smaller_pool-more
# hint: Calculate the probability, do not draw
def recall_in_smaller_pool(ranks, pool, smaller, k):
    succeeded = 0
    for rank in ranks:
        wrong = [place for place in range(1, pool + 1) if place != rank]
        for _ in range(2000):
            drawn = random.sample(wrong, smaller - 1)
            succeeded += sum(place < rank for place in drawn) < k
    return succeeded / len(ranks) / 2000
