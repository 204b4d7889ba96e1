# %% [markdown]
r"""
# Fit a model that does not fit

You will be able to take a training step that is too large for your device, find out what it needs, and bring it under a budget with remedies that you have checked.
You need [where every byte goes](../memory/index.md). Read for 20 minutes, run for one.

The device here is your CPU, and the budget is a number. Bytes are counted as they are allocated, so they come out the same at each run. On a GPU the method is the same and the numbers are not: its kernels keep other things, and [rounding and caching](../memory/index.md#gpu) come on top.
"""

# %%
import torch

from reference_impl.gpt import GPT, GPTConfig
from reference_impl.memory import estimate_memory

MIB = 2**20
BUDGET = 48
CONFIG = GPTConfig(vocab=512, context=64, dim=256, layers=6, heads=8)
BATCH, LENGTH = 32, 64

parts = estimate_memory(CONFIG, BATCH, LENGTH)
for name in ("parameters", "gradients", "optimizer", "activations"):
    print(f"{name:12} {getattr(parts, name) / MIB:6.1f} MiB")
print(f"{'at least':12} {parts.floor / MIB:6.1f} MiB, and the budget is {BUDGET}")

# %% [markdown]
r"""
Nothing has run yet: [`estimate_memory`](../reference/memory.md#reference_impl.memory.estimate_memory) computes this from the config. Two things are too large, each by itself. The activations alone are four times the budget. Weights, gradients and AdamW's averages, the [states](../memory/index.md#parts), are 16 bytes for each of 4.9 million parameters:

$$16 \cdot 4.9 \cdot 10^6 \text{ bytes} \approx 75 \text{ MiB} > 48 \text{ MiB}$$

So no batch is small enough, and one remedy will not do.

## Measure first

An estimate is a plan. Here is the meter that it is held against: [`LiveBytes`](../reference/attention.md#reference_impl.attention.LiveBytes) sees each operation allocate and free. Ours also knows which bytes have been moved to the host, for the remedy that does so. While a copy is made it has not yet been told which of the two is the host's, so it looks only after other operations.
"""

# %%
from reference_impl.attention import LiveBytes


class DeviceBytes(LiveBytes):
    """Counts what is alive on the device: everything but what was moved to the host."""

    def __init__(self):
        super().__init__()
        self.on_host, self.device_peak = {}, 0

    def watch(self, what, number, nbytes):
        if what == "out":
            self.on_host[number] = nbytes
        elif what == "dropped":
            self.on_host.pop(number, None)

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        out = super().__torch_dispatch__(func, types, args, kwargs)
        if func.overloadpacket not in (torch.ops.aten.empty, torch.ops.aten.copy_):
            now = self.live - sum(self.on_host.values())
            self.device_peak = max(self.device_peak, now)
        return out


# %% [markdown]
r"""
The text is Python's own documentation, cut into rows of 65 tokens. The step below can already do all that this lab needs: cut its batch into `pieces`, and open contexts `around` the forward pass.
"""

# %%
from contextlib import ExitStack

from reference_impl.gpt.english import english

_, ids = english(vocab=CONFIG.vocab)
draws = torch.Generator().manual_seed(0)
starts = torch.randint(len(ids) - LENGTH, (9, BATCH), generator=draws)
BATCHES = ids[starts[..., None] + torch.arange(LENGTH + 1)]


def gradients(model, batch, meter, pieces=1, around=()):
    """Add up the gradients of one step, piece by piece; return the loss."""
    total = 0.0
    for rows in batch.chunk(pieces):
        with ExitStack() as stack:
            for context in around:
                stack.enter_context(context(model, rows, meter))
            loss = model.loss(rows[:, :-1], rows[:, 1:]) / pieces
        loss.backward()
        total += loss.item()
    return total


# %% [markdown]
r"""
A remedy that changes the gradient is another training run. So each measurement compares the first step's gradient, all 4.9 million numbers as one vector, with that of the plain step: the length of the difference over the length of the vector. It takes two steps, because the optimizer's state comes with the first, and [lies beside the activations](../memory/index.md#when) from the second on.
"""

# %%
import math

import numpy as np

RESULTS = {}


def adamw(parameters):
    return torch.optim.AdamW(parameters, lr=1e-3, foreach=False)


def nbytes(tensors):
    return sum(tensor.nbytes for tensor in tensors)


def measure(name, optimizer=adamw, change=None, steps=2, **options):
    """Train a new model for some steps; note its peak and how its gradient compares."""
    losses = []
    with DeviceBytes() as meter:
        torch.manual_seed(0)
        model = GPT(CONFIG)
        if change is not None:
            change(model)
        stepper = optimizer(model.parameters())
        for batch in BATCHES[:steps]:
            losses.append(gradients(model, batch, meter, **options))
            if len(losses) == 1:  # as NumPy arrays, which the meter does not see
                first = np.concatenate([p.grad.numpy().ravel() for p in model.parameters()])
            stepper.step()
            stepper.zero_grad()
    state = [t for kept in stepper.state.values() for t in kept.values()]
    RESULTS[name] = {
        "weights": nbytes(model.parameters()) / MIB,
        "optimizer": nbytes(state) / MIB,
        "peak": meter.device_peak / MIB,
        "gradient": first,
        "losses": losses,
    }
    print(f"{name:32} {meter.device_peak / MIB:6.1f} MiB, gradient {compared(first)}")


def compared(gradient):
    plain = RESULTS["plain"]["gradient"]
    off = np.linalg.norm(gradient - plain) / np.linalg.norm(plain)
    bound = next(bound for bound in (1e-5, 1e-2, math.inf) if off < bound)
    return f"off by less than {bound:.0e}" if off else "equal, bit for bit"


measure("plain")
print("losses", *(f"{loss:.3f}" for loss in RESULTS["plain"]["losses"]))

# %% [markdown]
r"""
Seven MiB above the floor: what backward's own operations need for a moment. The model wants more than five times what it has.

## Accumulate

The [log's first line on memory](../class_logs.md#log-v1): cut the batch, add the gradients up. Each piece's loss is divided by the number of pieces, because the loss is a mean. All pieces are equally long here; where they are not, [weigh them by their tokens](../autograd/accumulation.md).
"""

# %%
for pieces in (8, 32):
    measure(f"accumulate x{pieces}", pieces=pieces)

# %% [markdown]
r"""
The gradient is a sum in another order, so it differs in its last bits and nowhere else. Eight pieces take 159 MiB away. From 8 to 32, one row at a time, only 19 more are gained: 75 of the 82 MiB are states, and accumulation leaves them alone.

## Recompute

[Keep a block's input, and run the block again](../memory/recompute.md) when backward needs the rest. `checkpoint` goes around each block:
"""

# %%
from torch.utils.checkpoint import checkpoint


def recomputed(model):
    for block in model.blocks:
        block.forward = rerun(block.forward)


def rerun(forward):
    return lambda x, mask=None, cache=None: checkpoint(forward, x, mask, use_reentrant=False)


measure("recompute", change=recomputed)
estimated = estimate_memory(CONFIG, BATCH, LENGTH, recompute=True)
print(f"activations kept, estimated: {estimated.activations / MIB:.1f} MiB")

# %% [markdown]
r"""
Equal, bit for bit: the second run makes the same numbers as the first. The price is one more forward pass of each block.

Of 197 MiB of activations 16.5 are kept: six inputs of blocks, 2 MiB each, and what the last norm and the loss keep. The peak fell by 145 and not by 180, because backward still needs one block's activations at once, for the whole batch.

## Autocast

Under [autocast](../mixed_precision/index.md) products run in bfloat16, and what they keep for backward takes half the bytes. The weights stay in float32.
"""


# %%
def autocast(model, rows, meter):
    return torch.autocast("cpu", torch.bfloat16)


measure("autocast", around=[autocast])
measure("autocast, accumulate x8", around=[autocast], pieces=8)

# %% [markdown]
r"""
This is the first remedy that changes the gradient by more than rounding in float32, if by less than a per cent: bfloat16 has 8 bits of precision. [Training bears that](../mixed_precision/techniques.md); a comparison of two runs to the last digit does not.

It also saves the least so far. Norms and residual sums stay in float32, and each product needs its weights in bfloat16, [which are activations too](../memory/activations.md#autocast) and do not shrink with the batch. With eight pieces, 2 of 101 MiB are left of its gain.

## Offload

[Move what forward saves to the host](../memory/offload.md), and fetch it in backward. `in_flight_bytes` is what may be on its way at once.
"""

# %%
from reference_impl.memory import Offload


def offload(model, rows, meter):
    meter.on_host.clear()
    return Offload(model, rows, in_flight_bytes=MIB, watch=meter.watch)


measure("offload", around=[offload])
measure("offload, accumulate x8", around=[offload], pieces=8)

# %% [markdown]
r"""
Bit for bit again, and nothing runs twice. It moves the activations through the link to the host and back, in each step; [whether that can hide](../memory/offload.md#bandwidth) is a question of the model's width, and by that page's arithmetic 256 is far too narrow. With eight pieces it reaches 79 MiB, nearly all of it states.

## A smaller optimizer

The remaining 75 MiB are states, and half of them AdamW's two averages: the [log's line](../class_logs.md#log-o2) is right about this model once its activations are gone. Adafactor keeps no average of gradients, and for each matrix one number per row and one per column in the place of all averages of squares.
"""


# %%
def adafactor(parameters):
    return torch.optim.Adafactor(parameters, lr=1e-2, foreach=False)


measure("Adafactor", optimizer=adafactor)
print(f"its state: {RESULTS['Adafactor']['optimizer']:.2f} MiB")
print(f"AdamW's:   {RESULTS['plain']['optimizer']:.2f} MiB")

# %% [markdown]
r"""
The gradient is that of the plain step; what is done with it is not. This is another algorithm, with a learning rate of its own. Keep AdamW if you can, and [put its averages on the host](../memory/offload.md#optimizer): then the steps are AdamW's. Here we take the smaller one.

## Together

No remedy was enough alone. Activations and states need one each, and what is left decides about the third:
"""

# %%
measure("accumulate, Adafactor", optimizer=adafactor, pieces=8)
FITS = "accumulate, recompute, Adafactor"
fits = {"optimizer": adafactor, "pieces": 8, "change": recomputed}
measure(FITS, steps=9, **fits)
print("losses", *(f"{loss:.3f}" for loss in RESULTS[FITS]["losses"][::4]))

# %% [markdown]
r"""
Under the budget, with the gradient of the plain step up to rounding, and it trains. Autocast on top makes it worse:
"""


# %%
def uncached(model, rows, meter):
    return torch.autocast("cpu", torch.bfloat16, cache_enabled=False)


measure("with autocast", around=[autocast], **fits)
measure("with autocast, no cache", around=[uncached], **fits)

# %% [markdown]
r"""
Autocast has a cache: a weight that was cast stays cast until the context ends. Without it a MiB is gained, and each recomputed block casts again. At 256 tokens a piece, the activations are no longer what is large. A remedy has to be measured where it will be used.

## The picture
"""

# %% alt="Horizontal stacked bars of peak memory for nine settings, with a dashed line at the budget of 48 MiB. Plain reaches 260. Accumulation, recomputing and offloading alone end near 100 to 115, autocast at 189 and Adafactor at 223. Offloading and accumulating together reach 79, accumulating with Adafactor 64. Only accumulation, recomputing and Adafactor together end below the line, at 45." caption="Peak bytes of a training step, counted. Weights and the optimizer's state are always there; the rest is what is alive beside them at the peak: gradients, activations, temporaries."
import matplotlib.pyplot as plt

left_out = ("accumulate x32", "autocast, accumulate x8", "with autocast", "with autocast, no cache")
names = [name for name in RESULTS if name not in left_out]
labels = [name.replace(", ", ",\n", 1) if len(name) > 20 else name for name in names]
figure, axis = plt.subplots(figsize=(4.5, 4.6))
left = np.zeros(len(names))
for kind, label in (
    ("weights", "weights"),
    ("optimizer", "optimizer's state"),
    ("rest", "the rest"),
):
    for result in RESULTS.values():
        result["rest"] = result["peak"] - result["weights"] - result["optimizer"]
    width = np.array([RESULTS[name][kind] for name in names])
    axis.barh(labels, width, left=left, label=label, height=0.65)
    left += width
for row, peak in enumerate(left):
    axis.text(max(peak, BUDGET) + 4, row, f"{peak:.0f}", va="center", fontsize=9)
axis.axvline(BUDGET, color="C4", linestyle="--", label="budget")
axis.set(xlabel="MiB at the peak", xlim=(0, 290))
axis.invert_yaxis()
axis.legend(loc="lower right")
plt.show()

# %% [markdown]
r"""
And the number:
"""

# %%
before, after = (RESULTS[n]["peak"] for n in ("plain", FITS))
print(f"{before:.1f} MiB became {after:.1f} of {BUDGET}: {before / after:.1f} times less")

# %% [markdown]
r"""
## What breaks

**A forgotten division.** Without `/ pieces` nothing fails and the loss still falls, as AdamW and Adafactor divide by the gradient's own size. Only a comparison shows it:
"""

# %%
model = GPT(CONFIG)
norms = []
for divisor in (8, 1):
    model.zero_grad()
    for rows in BATCHES[0].chunk(8):
        (model.loss(rows[:, :-1], rows[:, 1:]) / divisor).backward()
    norms.append(torch.nn.utils.get_total_norm([p.grad for p in model.parameters()]))
print(f"without the division the gradient is {norms[1] / norms[0]:.3f} times as long")

# %% [markdown]
r"""
Gradient clipping compares that length with a constant, and would clip where it should not.

## Takeaways

> - Estimate, then measure. The estimate says which part is too large, and the measurement what else there is.
> - Activations and states need different remedies. Find out which of the two you have.
> - Recomputing and offloading leave each bit as it is. Accumulation changes the rounding, autocast up to a per cent of it, a smaller optimizer the algorithm.
> - Remedies do not add up. Measure each where it will be used.

## Exercises

**1.** The budget is 96 MiB, and AdamW has to stay. Compute, without running a step, how many pieces the batch needs. Then measure.
"""

# %% tags=["answer"]
for pieces in (4, 8, 16, 32):
    parts = estimate_memory(CONFIG, BATCH // pieces, LENGTH)
    print(pieces, f"{(parts.states + parts.activations) / MIB:.1f}")
measure("answer 1", pieces=16)

# %% [markdown] tags=["answer"]
r"""
With accumulation the gradients lie beside the activations, so add both to the states. 16 pieces fit; the measurement is a little above the sum, as backward has temporaries of its own.
"""

# %% [markdown]
r"""
**2.** Twice the batch in the same budget: which of the settings has to change?
"""

# %% tags=["answer"]
BATCHES = torch.cat([BATCHES, BATCHES], dim=1)  # each row twice: the same mean
measure("answer 2", **{**fits, "pieces": 16})

# %% [markdown] tags=["answer"]
r"""
Only the number of pieces. What is alive at once depends on the piece, not on the batch, so the peak is the same as before. And so is the gradient, as each row is there twice.
"""

# %% [markdown]
r"""
**3.** What would it take with all weights, gradients and averages in bfloat16, and no float32 copy? Is it enough?
"""

# %% tags=["answer"]
for rows in (32, 4, 1):
    half = estimate_memory(CONFIG, rows, LENGTH, "bfloat16")
    print(rows, f"{half.states / MIB:.1f} + {half.activations / MIB:.1f} MiB")

# %% [markdown] tags=["answer"]
r"""
8 bytes for each parameter, 37 MiB. With one row at a time AdamW itself fits, four rows are just too many. But weights in bfloat16 [swallow small updates](../mixed_precision/techniques.md), which is what master copies are for.
"""

# %% [markdown]
r"""
## Sources

- Chen et al., 2016, [*Training deep nets with sublinear memory cost*](https://arxiv.org/abs/1604.06174): recomputing.
- Shazeer and Stern, 2018, [*Adafactor*](https://arxiv.org/abs/1804.04235): row and column sums in the place of the second average.
- PyTorch documentation: [`torch.utils.checkpoint`](https://docs.pytorch.org/docs/stable/checkpoint.html), [`torch.autocast`](https://docs.pytorch.org/docs/stable/amp.html), [`torch.optim.Adafactor`](https://docs.pytorch.org/docs/stable/generated/torch.optim.Adafactor.html).
- Rajbhandari et al., 2019, [*ZeRO*](https://arxiv.org/abs/1910.02054), section 3: states and activations.
"""
