def choose_and_test(settings, measure):
    scores = {i: measure(setting, "validation") for i, setting in enumerate(settings)}
    ranking = sorted(scores, key=lambda i: (-scores[i], i))
    winner = settings[ranking[0]]
    test_score = measure(winner, "test")
    return [winner, test_score]
