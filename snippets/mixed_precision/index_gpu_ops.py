# requires: cuda
# ran on: no device yet
import torch
from torch.nn.functional import gelu, layer_norm, softmax
from torch.utils.benchmark import Timer

x = torch.randn(4096, 4096, device="cuda")
calls = {"x @ x": lambda t: t @ t, "softmax": lambda t: softmax(t, -1), "gelu": gelu,
         "layer_norm": lambda t: layer_norm(t, (4096,)), "sum": lambda t: t.sum()}  # fmt: skip  # a list reads as a list


def seconds(call, t):
    return (
        Timer("call(t)", globals={"call": call, "t": t}).blocked_autorange(min_run_time=0.5).median
    )


for name, call in calls.items():
    torch.backends.cuda.matmul.fp32_precision = "ieee"
    base = seconds(call, x)
    torch.backends.cuda.matmul.fp32_precision = "tf32"
    times = {
        "tf32": seconds(call, x),
        "bf16": seconds(call, x.bfloat16()),
        "fp16": seconds(call, x.half()),
    }
    print(f"{name:11}", *(f"{dtype} {base / t:5.1f}x" for dtype, t in times.items()))
torch.backends.cuda.matmul.fp32_precision = "ieee"
