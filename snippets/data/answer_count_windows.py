import math

from reference_impl.data import window_spans


def count(length, capacity, overlap):
    new = max(length - overlap, 1)  # the first window's overlap is new too
    return math.ceil(new / (capacity - overlap))


checked = [
    count(n, capacity, overlap) == len(window_spans(n, capacity, overlap))
    for n in range(50)
    for capacity in range(1, 10)
    for overlap in range(capacity)
]
print(len(checked), all(checked))
#> 2250 True
print(count(100_000, 510, 0), count(100_000, 510, 128), count(100_000, 510, 509))
#> 197 262 99491
