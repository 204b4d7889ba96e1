import math

a, b, ab = 1 / 3, 1 / 3, 1 / 3  # the probabilities
for step in range(1, 101):
    whole = ab / (ab + a * b)  # the share of the cut "ab" in the word ab
    expected = [1 + 8 * (1 - whole), 1 + 8 * (1 - whole), 8 * whole]  # of a, b, ab
    a, b, ab = (count / math.fsum(expected) for count in expected)
    if step in (1, 10, 100):
        print(step, [round(p, 4) for p in (a, b, ab)])
#> 1 [0.25, 0.25, 0.5]
#> 10 [0.1111, 0.1111, 0.7778]
#> 100 [0.1111, 0.1111, 0.7778]
