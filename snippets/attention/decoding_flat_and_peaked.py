import torch

from reference_impl.attention import top_k, top_p

peaked = torch.tensor([0.90, 0.04, 0.03, 0.02, 0.01]).log()
flat = torch.tensor([0.24, 0.22, 0.20, 0.18, 0.16]).log()
for name, logits in (("peaked", peaked), ("flat", flat)):
    kept = [int(f.isfinite().sum()) for f in (top_k(logits, 3), top_p(logits, 0.9))]
    print(name, "top-k keeps", kept[0], "top-p keeps", kept[1])
#> peaked top-k keeps 3 top-p keeps 1
#> flat top-k keeps 3 top-p keeps 5
