# mistake: 36 the test data are looked at for each setting
# loses: choose_and_test-test
# hint: tempted to choose by them
def choose_and_test(settings, measure):
    scores = [(measure(s, "validation"), measure(s, "test")) for s in settings]
    places = range(len(settings))
    best = max(places, key=lambda i: scores[i][0])
    return settings[best], scores[best][1]
