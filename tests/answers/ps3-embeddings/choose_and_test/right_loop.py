def choose_and_test(settings, measure):
    best, best_score = None, -math.inf
    for setting in settings:
        score = measure(setting, "validation")
        if score > best_score:
            best, best_score = setting, score
    return (best, measure(best, "test"))
