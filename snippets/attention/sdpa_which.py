import torch
from torch.nn.functional import scaled_dot_product_attention as sdpa
from torch.utils._python_dispatch import TorchDispatchMode


class Operators(TorchDispatchMode):
    """Remembers the name of every operator that runs."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        self.names.append(func.__name__)
        return func(*args, **(kwargs or {}))


def backend(*args, **kwargs):
    with Operators() as log:
        log.names = []
        sdpa(*args, **kwargs)
    fused = "_scaled_dot_product_flash_attention_for_cpu.default"
    return "fused" if fused in log.names else "math"


x = torch.ones(1, 1, 4, 8)
print(backend(x, x, x, is_causal=True))
#> fused
print(backend(x, x, x, attn_mask=torch.zeros(4, 4)))
#> fused
print(backend(x, x, x[..., :3]), "- values of another width")
#> math - values of another width
print(backend(x, x, x, dropout_p=0.1), "- dropout")
#> math - dropout
print(backend(x, x, x, attn_mask=torch.zeros(4, 4, requires_grad=True)), "- a mask that learns")
#> math - a mask that learns
print(backend(x[0, 0], x[0, 0], x[0, 0]), "- no batch and heads")
#> math - no batch and heads
