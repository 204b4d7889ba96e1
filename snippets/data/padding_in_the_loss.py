import torch
import torch.nn.functional as F

from reference_impl.data import pad_batch

torch.manual_seed(0)
texts = [torch.randint(1, 20, (n,)) for n in (3, 12)]
logits = torch.randn(2, 12, 20)
logits[..., 0] += 5  # a model that has learnt to say 0, the padding

real = [F.cross_entropy(logits[n, : len(t)], t, reduction="sum") for n, t in enumerate(texts)]
print(f"{sum(real) / 15:.3f} over the 15 tokens")
#> 5.757 over the 15 tokens

counted = pad_batch(texts, value=0).ids
print(f"{F.cross_entropy(logits.transpose(1, 2), counted):.3f} with padding counted")
#> 3.680 with padding counted

ignored = pad_batch(texts, value=-100).ids
print(f"{F.cross_entropy(logits.transpose(1, 2), ignored):.3f} with padding ignored")
#> 5.757 with padding ignored
