import numpy as np

np.array([1, 2, 3, 70_000], dtype=np.int32).tofile("tokens.bin")
print(np.fromfile("tokens.bin", dtype=np.int32))
#> [    1     2     3 70000]
print(np.fromfile("tokens.bin", dtype=np.uint16))
#> [   1    0    2    0    3    0 4464    1]
