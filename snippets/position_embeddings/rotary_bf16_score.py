import torch

from reference_impl.position_embeddings.rotary import rotate_half_split
from reference_impl.position_embeddings.rotary_scaling import frequencies

x = torch.ones(1, 64)


def score(m, n, dtype):
    freqs = frequencies(64).to(dtype)
    q, k = (rotate_half_split(x, torch.tensor([[p]], dtype=dtype) * freqs) for p in (m, n))
    return (q.float() @ k.float().T).item()


for start in (0, 1000, 3000):
    fine = score(start + 1, start, torch.float32)
    coarse = score(start + 1, start, torch.bfloat16)
    print(start, f"{fine:.1f}", f"{coarse:.0f}")
#> 0 61.8 62
#> 1000 61.8 64
#> 3000 61.8 64
