import torch
from torch.nn.functional import scaled_dot_product_attention as sdpa

from reference_impl.attention.tiled import tiled_attention

torch.manual_seed(0)
q, k, v = torch.randn(3, 2, 4, 100, 16, dtype=torch.float64)
leaves = [x.requires_grad_() for x in (q, k, v)]
ours, theirs = tiled_attention(q, k, v, causal=True, block=32), sdpa(q, k, v, is_causal=True)
print(torch.allclose(ours, theirs))
#> True
for a, b in zip(*(torch.autograd.grad(out.sin().sum(), leaves) for out in (ours, theirs))):
    print(torch.allclose(a, b))
#> True
#> True
#> True
