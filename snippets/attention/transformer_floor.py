import torch

from reference_impl.attention import label_smoothed_loss

target = torch.full((12,), 0.1 / 12)  # a tenth, spread over all twelve
target[3] += 0.9
perfect = target.log()[None]  # a model that gives exactly these probabilities
print(f"{label_smoothed_loss(perfect, torch.tensor([3])):.3f}")
#> 0.526
certain = torch.full((1, 12), -20.0)
certain[0, 3] = 20.0
print(f"{label_smoothed_loss(certain, torch.tensor([3])):.3f}")
#> 3.667
