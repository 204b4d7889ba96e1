import torch

from reference_impl.mixed_precision import float_format

x = torch.tensor(1 + 2**-11 + 2**-30, dtype=torch.float64)
fp16 = float_format("fp16")
print(fp16.round(x).item(), fp16.round(x.float()).item(), x.half().item())
#> 1.0009765625 1.0 1.0
