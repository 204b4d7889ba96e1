import torch

from reference_impl.attention import temperature, top_p

logits = torch.tensor([0.5, 0.3, 0.1, 0.1]).log()
first_hot = top_p(temperature(logits, 2.0), 0.75)
last_hot = temperature(top_p(logits, 0.75), 2.0)
print(first_hot.isfinite().tolist(), last_hot.isfinite().tolist())
#> [True, True, False, True] [True, True, False, False]
