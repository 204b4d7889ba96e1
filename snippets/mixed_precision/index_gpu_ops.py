# requires: cuda
# ran on: NVIDIA H200, torch 2.11.0+cu130, 2026-11-27
# within: 25 %
import torch
from torch.nn.functional import gelu, layer_norm, softmax
from torch.utils.benchmark import Timer

calls = {"x @ x": lambda t: t @ t, "softmax": lambda t: softmax(t, -1), "gelu": gelu,
         "layer_norm": lambda t: layer_norm(t, (8192,)), "sum": lambda t: t.sum()}  # fmt: skip  # a list reads as a list


def seconds(call, t):
    timer = Timer("call(t)", globals={"call": call, "t": t})
    return timer.blocked_autorange(min_run_time=0.2).median


x = torch.randn(8192, 8192, device="cuda")
print("             tf32   bf16   fp16   bf16 under autocast")
#>              tf32   bf16   fp16   bf16 under autocast
for name, call in calls.items():
    torch.backends.cuda.matmul.fp32_precision = "ieee"
    base = seconds(call, x)
    torch.backends.cuda.matmul.fp32_precision = "tf32"
    times = [seconds(call, x), seconds(call, x.bfloat16()), seconds(call, x.half())]
    with torch.autocast("cuda", torch.bfloat16):
        times.append(seconds(call, x.bfloat16()))
    print(f"{name:10}", *(f"{base / time:5.1f}x" for time in times))
#> x @ x        7.1x  13.4x  12.8x  13.4x
#> softmax      1.0x   1.1x   1.1x   0.6x
#> gelu         1.0x   1.5x   1.5x   1.3x
#> layer_norm   1.0x   1.9x   1.9x   0.5x
#> sum          1.0x   1.8x   1.8x   1.8x
torch.backends.cuda.matmul.fp32_precision = "ieee"
