import torch
import torch.nn.functional as F

from reference_impl.data import pad_batch

torch.manual_seed(0)
targets = pad_batch([torch.tensor([1, 2, 3]), torch.tensor([4])], value=-1).ids
logits = torch.randn(2, 5, 3)

print(F.cross_entropy(logits, targets, ignore_index=-1).isfinite().item())
#> True
F.cross_entropy(logits, targets)
#! IndexError: Target -1 is out of bounds.
