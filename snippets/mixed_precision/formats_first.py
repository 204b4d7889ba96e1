import torch

from reference_impl.mixed_precision import float_format

x = torch.tensor(0.1)
for name in ("fp32", "bf16", "fp16", "e5m2", "e4m3", "e2m1"):
    fmt = float_format(name)
    code = fmt.encode(x)
    bits = f"{code:0{fmt.bits}b}"
    cut = 1 + fmt.exponent_bits
    print(f"{name} {bits[0]} {bits[1:cut]} {bits[cut:]} = {fmt.decode(code):.10f}")
#> fp32 0 01111011 10011001100110011001101 = 0.1000000015
#> bf16 0 01111011 1001101 = 0.1000976562
#> fp16 0 01011 1001100110 = 0.0999755859
#> e5m2 0 01011 10 = 0.0937500000
#> e4m3 0 0011 101 = 0.1015625000
#> e2m1 0 00 0 = 0.0000000000
