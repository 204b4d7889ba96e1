# requires: cuda
# ran on: NVIDIA H200, torch 2.11.0+cu130, 2026-11-27
# within: 25 %
import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.functional import scaled_dot_product_attention as sdpa
from torch.utils.benchmark import Timer


def step(q, backend):
    with sdpa_kernel(backend):
        sdpa(q, q, q, is_causal=True).sum().backward()
    q.grad = None


def cost(q, backend):
    step(q, backend)
    before = torch.cuda.memory_allocated()
    torch.cuda.reset_peak_memory_stats()
    timer = Timer("step(q, backend)", globals={"step": step, "q": q, "backend": backend})
    time = timer.blocked_autorange(min_run_time=0.3).median
    return torch.cuda.max_memory_allocated() - before, time


for length in (1024, 4096, 16384):
    q = torch.randn(1, 12, length, 64, device="cuda", dtype=torch.bfloat16, requires_grad=True)
    math_bytes, math_time = cost(q, SDPBackend.MATH)
    flash_bytes, flash_time = cost(q, SDPBackend.FLASH_ATTENTION)
    print(f"{length:6,}: {math_bytes / 2**20:8,.0f} MiB with the matrix, {flash_bytes / 2**20:4,.0f} in tiles,",
          f"{math_time / flash_time:4.1f} times as fast")  # fmt: skip  # the line that is printed
#>  1,024:      201 MiB with the matrix,   14 in tiles,  5.6 times as fast
#>  4,096:    3,108 MiB with the matrix,   48 in tiles, 15.1 times as fast
#> 16,384:   49,296 MiB with the matrix,  194 in tiles, 22.2 times as fast
