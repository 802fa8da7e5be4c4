import math


def wave_to_frames(wave, window, hop):
    n = len(window)
    result = []
    start = 0
    while True:
        row = []
        for k in range(n // 2 + 1):
            real = imaginary = 0.0
            for i in range(n):
                if start + i < len(wave):
                    value = float(wave[start + i]) * float(window[i])
                    real += value * math.cos(2 * math.pi * k * i / n)
                    imaginary -= value * math.sin(2 * math.pi * k * i / n)
            row.append(math.log(1 + math.hypot(real, imaginary)))
        result.append(row)
        if start + n >= len(wave):
            return np.array(result)
        start += hop
