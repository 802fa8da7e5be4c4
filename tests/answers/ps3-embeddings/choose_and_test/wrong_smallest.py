# mistake: scores are taken for losses
# loses: choose_and_test-choice
# hint: the smallest score was taken
def choose_and_test(settings, measure):
    best = min(settings, key=lambda setting: measure(setting, "validation"))
    return best, measure(best, "test")
