import torch
from torch.nn.functional import scaled_dot_product_attention as sdpa

from reference_impl.attention.live_bytes import LiveBytes

x = torch.ones(1, 1, 1024, 16)
mask = torch.ones(1024, 1024, dtype=torch.bool).tril()  # 1 MiB, made once
for options in ({"is_causal": True}, {"attn_mask": mask}):
    with LiveBytes() as meter:
        sdpa(x, x, x, **options)
    print(*options, round(meter.peak / 2**20, 2), "MiB more")
#> is_causal 0.07 MiB more
#> attn_mask 4.07 MiB more
