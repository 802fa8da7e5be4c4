def effective_dimensions(vectors):
    # The Gram matrix of n vectors has the eigenvalues of their covariance.
    rows = vectors.tolist()
    n = len(rows)
    mean = [sum(column) / n for column in zip(*rows)]
    centred = [[x - m for x, m in zip(row, mean)] for row in rows]
    gram = [[sum(a * b for a, b in zip(u, v)) / n for v in centred] for u in centred]
    total = sum(gram[i][i] for i in range(n))
    if total < 1e-10:
        return 0.0
    return total * total / sum(x * x for row in gram for x in row)
