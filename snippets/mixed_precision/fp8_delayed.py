import torch

from reference_impl.mixed_precision import AmaxHistory, float_format

fmt, history = float_format("e4m3"), AmaxHistory(length=3)
for largest in (4.0, 5.0, 5.0, 20.0, 5.0, 5.0, 5.0):
    x = torch.tensor([largest, 1.0])
    found = history.quantise(x, fmt)
    used, first = found.scale * fmt.max, found.dequantise()[0]
    print(f"scale for {used:4.1f}: {largest:4.1f} becomes {first:.1f}")
#> scale for  4.0:  4.0 becomes 4.0
#> scale for  4.0:  5.0 becomes 4.0
#> scale for  5.0:  5.0 becomes 5.0
#> scale for  5.0: 20.0 becomes 5.0
#> scale for 20.0:  5.0 becomes 5.0
#> scale for 20.0:  5.0 becomes 5.0
#> scale for 20.0:  5.0 becomes 5.0
