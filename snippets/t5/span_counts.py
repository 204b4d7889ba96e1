import torch

from reference_impl.t5 import span_mask

generator = torch.Generator().manual_seed(0)
for length in (2, 10, 40, 568):
    mask = span_mask(length, generator=generator)
    begins = mask[1:] & ~mask[:-1]
    print(length, "dropped", int(mask.sum()), "spans", int(begins.sum()))
#> 2 dropped 1 spans 1
#> 10 dropped 2 spans 1
#> 40 dropped 6 spans 2
#> 568 dropped 85 spans 28
