import math

import torch

x = torch.tensor([1.0, 2.0, 0.0, 4.0, 3.0, 1.0], dtype=torch.float64)
v = torch.tensor([1.0, 0.0, 2.0, 1.0, 3.0, 5.0], dtype=torch.float64)
maximum, total, out = -math.inf, 0.0, 0.0
for part, values in zip(x.split(2), v.split(2)):
    new = max(maximum, part.max().item())
    shrink = math.exp(maximum - new)  # 0 the first time, 1 when the maximum stays
    weights = (part - new).exp()
    total = total * shrink + weights.sum().item()
    out = out * shrink + (weights @ values).item()
    maximum = new
    print(maximum, round(shrink, 4), round(total, 4), round(out / total, 4))
#> 2.0 0.0 1.3679 0.2689
#> 4.0 0.1353 1.2034 0.9028
#> 4.0 1.0 1.6211 1.5045
print(round((x.softmax(0) @ v).item(), 4))
#> 1.5045
