# mistake: each comparison measures anew
# loses: choose_and_test-choice
# hint: it should be one for each setting
def choose_and_test(settings, measure):
    best = settings[0]
    for setting in settings[1:]:
        if measure(setting, "validation") > measure(best, "validation"):
            best = setting
    return best, measure(best, "test")
