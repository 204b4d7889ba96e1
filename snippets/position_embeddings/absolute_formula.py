import math

import torch

from reference_impl.position_embeddings import sinusoids

dim, position = 8, 7
row = []
for i in range(dim // 2):
    angle = position / 10000 ** (2 * i / dim)
    row += [math.sin(angle), math.cos(angle)]
print([round(number, 3) for number in row])
#> [0.657, 0.754, 0.644, 0.765, 0.07, 0.998, 0.007, 1.0]
print(torch.allclose(sinusoids(torch.tensor([position]), dim)[0], torch.tensor(row)))
#> True
