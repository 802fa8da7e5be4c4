# mistake: the settings are taken out of the list that was given
# loses: choose_and_test-choice
# hint: was changed in place
def choose_and_test(settings, measure):
    best, best_score = None, -math.inf
    while settings:
        setting = settings.pop(0)
        score = measure(setting, "validation")
        if score > best_score:
            best, best_score = setting, score
    return best, measure(best, "test")
