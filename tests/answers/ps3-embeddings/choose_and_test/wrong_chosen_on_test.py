# mistake: 36 choosing k on test labels
# loses: choose_and_test-choice, choose_and_test-test
# hint: the best setting on the TEST data
def choose_and_test(settings, measure):
    scores = [measure(setting, "test") for setting in settings]
    best = max(scores)
    return settings[scores.index(best)], best
