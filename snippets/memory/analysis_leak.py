import traceback

import torch

from reference_impl.memory import TensorLeaks

errors = []


def forward(x):
    hidden = x @ x
    raise ValueError(f"a bad batch of {len(hidden)}")


with TensorLeaks() as leaks:
    try:
        forward(torch.ones(500, 500))
    except ValueError as error:
        errors.append(error)

print(*leaks.found(), sep="\n")
#> Leak(shape=(500, 500), nbytes=1000000, holders=('forward()',))
#> Leak(shape=(500, 500), nbytes=1000000, holders=('forward()',))
traceback.clear_frames(errors[0].__traceback__)
print(leaks.found())
#> []
