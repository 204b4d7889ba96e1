import torch
from torch.utils.flop_counter import FlopCounterMode

from reference_impl.attention import MultiHeadAttention

layer = MultiHeadAttention(dim=64, heads=4)
for length in (64, 128, 256):
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        layer(torch.ones(1, length, 64), teaching=True)
    counts = {str(op): n for op, n in counter.get_flop_counts()["Global"].items()}
    print(length, counts["aten.addmm"], counts["aten.bmm"])  # projections, scores and values
#> 64 2097152 1048576
#> 128 4194304 4194304
#> 256 8388608 16777216
