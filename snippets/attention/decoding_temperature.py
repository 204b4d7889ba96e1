import torch

from reference_impl.attention import temperature

logits = torch.tensor([3.0, 2.0, 1.0])
for value in (0.1, 0.5, 1.0, 2.0, 100.0):
    print(value, [round(p, 2) for p in temperature(logits, value).softmax(-1).tolist()])
#> 0.1 [1.0, 0.0, 0.0]
#> 0.5 [0.87, 0.12, 0.02]
#> 1.0 [0.67, 0.24, 0.09]
#> 2.0 [0.51, 0.31, 0.19]
#> 100.0 [0.34, 0.33, 0.33]
