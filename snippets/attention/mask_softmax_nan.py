import math

import torch

scores = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
added = torch.tensor([[0.0, -math.inf], [-math.inf, -math.inf]])  # row 2 may see nothing
weights = (scores + added).softmax(-1)
print(weights.tolist())
#> [[1.0, 0.0], [nan, nan]]

repaired = weights.nan_to_num(0.0)  # too late: the backward pass meets the nan again
(repaired @ torch.ones(2, 1)).sum().backward()
print(scores.grad.tolist())
#> [[0.0, 0.0], [nan, nan]]
