def build_prompt(history, question, room, count):
    from collections import deque

    kept = deque(history)
    while True:
        parts = []
        for asked, said in kept:
            parts += ["Question:", asked, "Answer:", said + "."]
        prompt = " ".join([*parts, "Question:", question, "Answer:"])
        if not kept or count(prompt) <= room:
            return prompt
        kept.popleft()
