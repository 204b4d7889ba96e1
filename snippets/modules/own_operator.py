# run: python
import torch

torch.library.define("page::scale", "(Tensor x, float factor) -> Tensor")


@torch.library.impl("page::scale", "cpu")
def scale_cpu(x, factor):
    print("the CPU kernel")
    return x * factor


@torch.library.impl("page::scale", "cuda")
def scale_cuda(x, factor):
    print("the CUDA kernel")
    return x * factor


for key in ["CPU", "CUDA", "Meta"]:
    print(key, torch._C._dispatch_has_kernel_for_dispatch_key("page::scale", key))
#> CPU True
#> CUDA True
#> Meta False
print(torch.ops.page.scale(torch.ones(2), 3.0))
#> the CPU kernel
#> tensor([3., 3.])
