def choose_and_test(settings, measure):
    best = max(settings, key=lambda setting: measure(setting, "validation"))
    return best, measure(best, "test")
