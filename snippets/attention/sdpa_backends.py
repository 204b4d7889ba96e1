import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.functional import scaled_dot_product_attention as sdpa

q = k = v = torch.ones(1, 1, 4, 8)  # on the CPU
for backend in SDPBackend.__members__.values():
    if backend == SDPBackend.ERROR:  # stands for "none found"
        continue
    try:
        with sdpa_kernel(backend):
            sdpa(q, k, v)
        print(f"{backend.name:20}", "runs")
    except RuntimeError as error:
        print(f"{backend.name:20}", str(error)[:35])
#> MATH                 runs
#> FLASH_ATTENTION      runs
#> EFFICIENT_ATTENTION  No viable backend for scaled_dot_pr
#> CUDNN_ATTENTION      No viable backend for scaled_dot_pr
#> OVERRIDEABLE         No viable backend for scaled_dot_pr
