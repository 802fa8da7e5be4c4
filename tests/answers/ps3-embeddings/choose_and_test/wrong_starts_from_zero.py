# mistake: the best score so far starts at 0
# loses: choose_and_test-choice
# hint: is 0 the best score
def choose_and_test(settings, measure):
    best, best_score = None, 0
    for setting in settings:
        score = measure(setting, "validation")
        if score > best_score:
            best, best_score = setting, score
    return best, (None if best is None else measure(best, "test"))
