def choose_and_test(settings, measure):
    import numpy as np

    chosen = settings[int(np.argmax([measure(s, "validation") for s in settings]))]
    return chosen, measure(chosen, "test")
