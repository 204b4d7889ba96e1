import torch

from reference_impl.mixed_precision import FloatFormat

e3m4 = FloatFormat("e3m4", exponent_bits=3, mantissa_bits=4, bias=3)
print(e3m4.max, e3m4.smallest_normal, e3m4.smallest)
#> 15.5 0.25 0.015625
print(e3m4.round(torch.tensor([0.1, 3.14159, 20.0])).tolist())
#> [0.09375, 3.125, inf]
