# mistake: 36 the score that chose the setting is reported
# loses: choose_and_test-test
# hint: the test data were not looked at
def choose_and_test(settings, measure):
    scores = [measure(setting, "validation") for setting in settings]
    return settings[scores.index(max(scores))], max(scores)
