"""How fast a GPT-2 of 124 million weights trains on one GPU, in five precisions: `python -m benchmarks.gpu_training`.

Each precision trains the same model on the same tokens, as it is and under `torch.compile`: loss, backward, a fused
AdamW. What is kept is the median of the steps' times, the peak of the allocator, and the loss after them, which says
whether the precision still learns the batch. Beside the tokens a second stands the share of what the GPU reaches
in a large product of the same precision: counted operations of the model over measured operations of the product.

The result goes into the data file that `snippets/mixed_precision/figures/gpu_training.py` draws. Five minutes on a
GPU; with `--quick` some seconds on any device, for a small model, and nothing is written.
"""

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import torch
from torch import Tensor

from reference_impl.gpt import GPT, GPTConfig
from reference_impl.mixed_precision import Fp8Recipe, convert_linears

DATA = Path(__file__).parents[1] / "snippets" / "mixed_precision" / "figures" / "gpu_training.json"


@dataclass(frozen=True)
class Sizes:
    """Sizes of the model and the batch; by default those that the page shows."""

    vocab: int = 50304  # of GPT-2's 50257, rounded up to a multiple of 64: rows that kernels can read in step
    dim: int = 768
    layers: int = 12
    heads: int = 12
    batch: int = 16
    length: int = 1024
    steps: int = 20
    product: int = 8192

    def operations(self) -> int:
        """Return the floating-point operations of a step: of the weights' products, and of attention's visible half."""
        weights = 12 * self.dim**2 * self.layers + self.vocab * self.dim
        attention = 2 * self.length * self.dim * self.layers
        return 3 * self.batch * self.length * (2 * weights + attention)


QUICK = Sizes(vocab=128, dim=32, layers=2, heads=2, batch=2, length=16, steps=3, product=64)


@dataclass(frozen=True)
class Precision:
    """How a step computes.

    Attributes:
        matmul: of float32 products, `ieee` or `tf32`.
        autocast: the 16-bit type of autocast, if any.
        fp8: whether the linear layers multiply in 8 bits.
    """

    matmul: str = "ieee"
    autocast: torch.dtype | None = None
    fp8: bool = False


PRECISIONS = {
    "fp32": Precision(),
    "tf32": Precision(matmul="tf32"),
    "bf16": Precision(autocast=torch.bfloat16),
    "fp16": Precision(autocast=torch.float16),
    "fp8": Precision(autocast=torch.bfloat16, fp8=True),
}


def wait(device: torch.device) -> None:
    """Return when the device has done all that it was given."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def median_seconds(run: Callable[[], object], device: torch.device, times: int) -> float:
    """Return the median time of a call, after three that are not counted."""
    for _ in range(3):
        run()
    found = []
    for _ in range(times):
        wait(device)
        start = time.perf_counter()
        run()
        wait(device)
        found.append(time.perf_counter() - start)
    return median(found)


def set_matmul(precision: Precision) -> None:
    """Choose how products of float32 are computed on a GPU."""
    torch.backends.cuda.matmul.fp32_precision = precision.matmul


def product_rate(precision: Precision, side: int, device: torch.device) -> float:
    """Return operations a second of a square product, the limit that a step is compared with."""
    set_matmul(precision)
    a, b = torch.randn(2, side, side, device=device)
    if precision.fp8:
        a8, b8 = a.to(torch.float8_e4m3fn), b.to(torch.float8_e4m3fn).t()
        one = torch.ones((), device=device)

        def run() -> Tensor:
            return torch._scaled_mm(a8, b8, one, one, out_dtype=torch.bfloat16)
    else:
        dtype = precision.autocast or torch.float32
        a, b = a.to(dtype), b.to(dtype)

        def run() -> Tensor:
            return a @ b

    return 2 * side**3 / median_seconds(run, device, 10)


def training_step(
    sizes: Sizes, precision: Precision, device: torch.device, compiled: bool
) -> Callable[[], Tensor]:
    """Return a function that trains one step, always on the same tokens, and returns the loss."""
    torch.manual_seed(0)
    config = GPTConfig(
        vocab=sizes.vocab,
        context=sizes.length,
        dim=sizes.dim,
        layers=sizes.layers,
        heads=sizes.heads,
    )
    model = GPT(config).to(device)
    if precision.fp8:
        convert_linears(model, Fp8Recipe(real=True))
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-4, fused=True)
    scaler = torch.amp.GradScaler(device.type, enabled=precision.autocast == torch.float16)
    ids = torch.randint(sizes.vocab, (sizes.batch, sizes.length + 1), device=device)
    inputs, targets = ids[:, :-1].contiguous(), ids[:, 1:].contiguous()
    loss_of = torch.compile(model.loss) if compiled else model.loss

    def run() -> Tensor:
        set_matmul(precision)
        with torch.autocast(
            device.type, precision.autocast, enabled=precision.autocast is not None
        ):
            loss: Tensor = loss_of(inputs, targets)
        optimizer.zero_grad()
        scaler.scale(loss).backward()
        scaler.step(optimizer)
        scaler.update()
        return loss.detach()

    return run


def measure(
    sizes: Sizes, precision: Precision, device: torch.device, compiled: bool, limit: float
) -> dict[str, float]:
    """Train for some steps and return what the page shows of them."""
    if device.type == "cuda":
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats(device)
    run = training_step(sizes, precision, device, compiled)
    first = run().item()
    seconds = median_seconds(run, device, sizes.steps)
    peak = torch.cuda.max_memory_allocated(device) if device.type == "cuda" else 0
    return {
        "tokens_a_second": sizes.batch * sizes.length / seconds,
        "milliseconds": 1000 * seconds,
        "share_of_product": sizes.operations() / seconds / limit,
        "peak_gib": peak / 2**30,
        "first_loss": first,
        "last_loss": run().item(),
    }


def about(sizes: Sizes, device: torch.device) -> dict[str, Any]:
    """Return on what it ran, and when."""
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else "CPU"
    return {
        "device": name,
        "torch": torch.__version__,
        "date": datetime.now(tz=UTC).date().isoformat(),
        "sizes": asdict(sizes),
    }


def main(arguments: list[str] | None = None) -> dict[str, Any]:
    """Measure all precisions, print a line for each, and write the data file after each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a small model; nothing is written")
    parser.add_argument("--device", default="cuda", help="cuda, or cpu with --quick")
    parser.add_argument("--out", type=Path, default=DATA, help="the data file")
    parser.add_argument("--eager", action="store_true", help="without torch.compile")
    options = parser.parse_args(arguments)
    sizes, device = QUICK if options.quick else Sizes(), torch.device(options.device)
    data: dict[str, Any] = {"about": about(sizes, device), "products": {}, "steps": {}}
    for name, precision in PRECISIONS.items():
        data["products"][name] = product_rate(precision, sizes.product, device)
        print(f"{name}: product {data['products'][name] / 1e12:.0f} TFLOP/s", flush=True)
    for compiled in (False,) if options.eager else (False, True):
        for name, precision in PRECISIONS.items():
            found = measure(sizes, precision, device, compiled, data["products"][name])
            data["steps"].setdefault(name, {})["compiled" if compiled else "eager"] = found
            print(
                f"{name} {'compiled' if compiled else '':8} {found['tokens_a_second']:10,.0f} tokens/s "
                f"{found['share_of_product']:5.1%} {found['peak_gib']:5.1f} GiB "
                f"loss {found['first_loss']:.3f} -> {found['last_loss']:.3f}",
                flush=True,
            )
            if not options.quick:  # after each: what was measured is kept whatever comes
                options.out.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
            torch.compiler.reset()
    set_matmul(PRECISIONS["fp32"])
    return data


if __name__ == "__main__":
    main()
