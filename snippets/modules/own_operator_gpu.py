# requires: cuda
# ran on: NVIDIA H200, torch 2.11.0+cu130, 2026-11-27
# run: python
import torch
import triton
import triton.language as tl


@triton.jit
def cube_kernel(x, out, size, BLOCK: tl.constexpr):
    places = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    value = tl.load(x + places, mask=places < size)
    tl.store(out + places, value * value * value, mask=places < size)


@torch.library.custom_op("page::cube", mutates_args=(), device_types="cpu")
def cube(x: torch.Tensor) -> torch.Tensor:
    print("the CPU kernel")
    return x**3


@cube.register_kernel("cuda")
def _(x):
    print("the CUDA kernel")
    out = torch.empty_like(x)
    cube_kernel[(triton.cdiv(x.numel(), 1024),)](x, out, x.numel(), BLOCK=1024)
    return out


cube.register_fake(torch.empty_like)
print(cube(torch.tensor([1.0, 2.0])))
x = torch.randn(10_000, device="cuda")
print(torch.equal(cube(x), x * x * x))
#> the CPU kernel
#> tensor([1., 8.])
#> the CUDA kernel
#> True
