# %% [markdown]
r"""
# One model, four ways to split it

You will be able to split a model over four processes in four ways and in pairs of them, to prove each split equal to one process, and to choose between them by what you counted.
You need [the map of what can be split](../distributed/index.md#the-map) and [where every byte goes](../memory/index.md#parts). Read for 30 minutes, run for one or two.

The processes are real, the machine that they are priced for is a few stated numbers. Bytes are counted and time is computed from them, so all of it comes out the same at each run.
"""

# %% short="CONFIG = GPTConfig(vocab=512, context=32, dim=32, layers=4, heads=4)"
import torch

from reference_impl.gpt import GPT, GPTConfig
from reference_impl.memory import estimate_memory

MIB = 2**20
RANKS, BUDGET = 4, 18
CONFIG = GPTConfig(vocab=512, context=32, dim=128, layers=8, heads=4)
ROWS, LENGTH = 16, 32

KINDS = ("parameters", "gradients", "optimizer", "activations")
parts = estimate_memory(CONFIG, ROWS, LENGTH)
for kind in KINDS:
    print(f"{kind:12} {getattr(parts, kind) / MIB:5.1f} MiB")
whole = parts.states + parts.activations
print(f"{'sum':12} {whole / MIB:5.1f} MiB, and the budget of a rank is {BUDGET}")

# %% [markdown]
r"""
Four ranks have 72 MiB together, and one step needs 58. But the first three, the [states](../memory/index.md#parts), are 25 whatever the batch. So the [log's line on data parallelism](../class_logs.md#log-x2) comes true: a split that leaves a whole copy on each rank can't fit. We look for those that do, and then for the one with the shortest step.

## One process

Whatever a split does, it has to end where one process ends: the losses of three steps, the gradients of the first, the weights after the last. All are computed in float64, as [AdamW blows up the rounding of float32](../distributed/data_parallel.md#exercises).
"""

# %%
from torch.nn.functional import cross_entropy

from reference_impl.gpt.english import english

_, ids = english(vocab=CONFIG.vocab, max_characters=100_000)
draws = torch.Generator().manual_seed(0)
starts = torch.randint(len(ids) - LENGTH, (3, ROWS), generator=draws)
text = ids[starts[..., None] + torch.arange(LENGTH + 1)]
BATCHES = [(rows[:, :-1], rows[:, 1:]) for rows in text]

torch.manual_seed(0)
START = GPT(CONFIG).state_dict()


def whole_model(dtype):
    model = GPT(CONFIG)
    model.load_state_dict(START)
    return model.to(dtype)


def adamw(parameters):
    return torch.optim.AdamW(parameters, lr=1e-3, foreach=False)


def loss_of(logits, targets):
    return cross_entropy(logits.flatten(0, 1), targets.flatten())


# %%
def alone():
    """Train on one process; return the losses, the first gradients, the last weights."""
    model, losses = whole_model(torch.float64), []
    optimizer = adamw(model.parameters())
    for ids, targets in BATCHES:
        optimizer.zero_grad()
        loss = loss_of(model(ids), targets)
        loss.backward()
        if not losses:
            gradients = {name: p.grad for name, p in model.named_parameters()}
        losses.append(loss.item())
        optimizer.step()
    return losses, gradients, model.state_dict()


LOSSES, GRADIENTS, WEIGHTS = alone()
print("losses", *(f"{loss:.3f}" for loss in LOSSES))

# %% [markdown]
r"""
## Two meters and a proof

For memory there are the tensors' own `nbytes`, and [`SavedBytes`](../reference/memory.md#reference_impl.memory.SavedBytes), which knows the most that autograd kept at once. For the wire, [`MeshTraffic`](../reference/distributed.md#reference_impl.distributed.MeshTraffic) counts what a rank sends in each of its groups, every collective [as a ring](../distributed/collectives.md#ring). Ours also notes which collective it was:
"""

# %%
from collections import Counter
from typing import Any, NamedTuple

from torch import distributed

from reference_impl.distributed import MeshTraffic, Zero1, run_ranks, shard_state
from reference_impl.memory import SavedBytes

NAMES = {
    "allreduce_": "all-reduce",
    "_reduce_scatter_base_": "reduce-scatter",
    "_allgather_base_": "all-gather",
    "send": "send",
}


class Sent(MeshTraffic):
    """Bytes that this rank sends, by group and collective. Checks of shapes are left out."""

    def __init__(self, groups):
        super().__init__(groups)
        self.by = Counter()

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        before, name = self.sent.copy(), func.overloadpacket.__name__
        out = super().__torch_dispatch__(func, types, args, kwargs)
        for group, sent in (self.sent - before).items():
            if name in NAMES:
                self.by[group, NAMES[name]] += sent
        return out


# %% [markdown]
r"""
A split is a function that says what a rank has and does: its part of the model, the optimizer of that part, and a `backward` that leaves complete gradients and returns the rank's share of the loss. Then one program can hold each of them against one process. The tolerance is $10^{-9}$:
"""


# %%
class Part(NamedTuple):
    model: Any
    optimizer: Any
    backward: Any
    groups: dict


def is_equal(part, found, whole):
    """Whether this rank has its part of what one process has."""
    if "tensor" in part.groups:
        group = part.groups["tensor"]
        whole = shard_state(whole, group.rank(), group.size())
    names = part.model.state_dict().keys()
    close = {n: torch.allclose(found[n], whole[n], rtol=0, atol=1e-9) for n in found}
    return close.keys() == names and all(close.values())


def proof(part):
    """Three steps in float64: shares of the losses, and whether all else is equal."""
    zero, equal, shares = isinstance(part.optimizer, Zero1), [], []
    for batch in BATCHES:
        part.optimizer.zero_grad()
        shares.append(part.backward(*batch).item())
        if len(shares) == 1:
            found = {name: p.grad for name, p in part.model.named_parameters()}
            found = part.optimizer.full_gradients() if zero else found
            equal.append(is_equal(part, found, GRADIENTS))
        part.optimizer.step()
    found = part.optimizer.full_parameters() if zero else part.model.state_dict()
    return shares, [*equal, is_equal(part, found, WEIGHTS)]


# %% [markdown]
r"""
The second program counts one step in float32. It adds up the most of each kind. Not all of it is there at once, and what an operation needs for a moment comes on top, so this is a budget for planning and not [the peak](../memory/peak.md).
"""


# %%
def nbytes(tensors):
    return sum(tensor.nbytes for tensor in tensors)


def counted(part):
    """One step in float32: the most bytes held, by kind, and the bytes sent."""
    zero = isinstance(part.optimizer, Zero1)
    own = [unit.flat for unit in part.optimizer.units] if zero else [part.model]
    with SavedBytes(*own, *BATCHES[0]) as saved, Sent(part.groups) as sent:
        part.backward(*BATCHES[0])
        part.optimizer.step()
    if zero:  # it splits its states itself, and knows the most that it had of each
        return part.optimizer.peak | {"activations": saved.peak}, sent.by
    weights = list(part.model.parameters())
    state = [t for kept in part.optimizer.state.values() for t in kept.values()]
    sizes = nbytes(weights), nbytes(p.grad for p in weights), nbytes(state), saved.peak
    return dict(zip(KINDS, sizes, strict=True)), sent.by


def measured(rank, split):
    return *proof(split(rank, torch.float64)), *counted(split(rank, torch.float32))


# %% [markdown]
r"""
Ranks differ, so we print the fullest one, and the one that sends most. The four numbers are parameters, gradients, optimizer and activations:
"""

# %%
RESULTS = {}


def try_out(name, split):
    """Measure a split on four ranks, keep the result, print a line."""
    found = run_ranks(measured, RANKS, split, timeout=600)
    losses = [sum(shares) for shares in zip(*(shares for shares, *_ in found), strict=True)]
    off = max(abs(ours - alone) for ours, alone in zip(losses, LOSSES, strict=True))
    equal = off < 1e-9 and all(all(rank[1]) for rank in found)
    held = max((rank[2] for rank in found), key=lambda held: sum(held.values()))
    sent = max((rank[3] for rank in found), key=lambda sent: sent.total())
    kinds = " + ".join(f"{held[kind] / MIB:4.1f}" for kind in KINDS)
    total = sum(held.values()) / MIB
    by = Counter()
    for (_, collective), size in sent.items():
        by[collective] += size / MIB
    fits = " fits" if total <= BUDGET else ""
    print(f"{name}: equal {equal}, {kinds} = {total:.1f} MiB{fits}")
    print("    sends", *(f"{size:.2f} MiB {what}" for what, size in by.items() if size > 0.01))
    RESULTS[name] = {"held": held, "total": total, "sent": sent, "losses": losses}


# %% [markdown]
r"""
## Split the rows

[Data parallel](../distributed/data_parallel.md): all weights, a quarter of the rows. [ZeRO](../distributed/zero.md) has the same rows, and keeps each number of the states once instead of four times.
"""

# %%
from functools import partial

from reference_impl.distributed import DataParallel, Zero2, Zero3


def data_parallel(rank, dtype, zero=None):
    model = whole_model(dtype)
    if zero is None:
        replica, optimizer = DataParallel(model), adamw(model.parameters())
    else:
        replica = optimizer = zero(model, [*model.blocks], adamw)

    def backward(ids, targets):
        loss = loss_of(replica(ids.chunk(RANKS)[rank]), targets.chunk(RANKS)[rank])
        loss.backward()
        replica.average_gradients()
        return loss.detach() / RANKS

    return Part(model, optimizer, backward, {"data": distributed.group.WORLD})


try_out("data", data_parallel)
for kind in (Zero1, Zero2, Zero3):
    try_out(f"ZeRO-{kind.__name__[-1]}", partial(data_parallel, zero=kind))

# %% [markdown]
r"""
Each stage of ZeRO takes away one more of the copies, and the third fits. The first two send what data parallelism sends, in two halves. The third gathers its blocks twice, and [sends half as much again](../distributed/zero.md#sent).

## Split the matrices, or the layers

[`MeshGPT`](../distributed/mesh.md#all-three) puts three splits together. With one size of 4 and the others 1, it is one of them alone: [tensor](../distributed/tensor_parallel.md) or [pipeline](../distributed/pipeline_run.md).
"""

# %%
from reference_impl.distributed import MeshGPT, make_groups


def on_mesh(rank, dtype, sizes, micro_batches=1):
    groups = make_groups({"data": 1, "pipe": 1, "tensor": 1} | sizes)
    whole = whole_model(dtype).state_dict()
    mesh = MeshGPT(CONFIG, whole, groups, micro_batches)

    def backward(ids, targets):
        return mesh.backward(ids, targets) / RANKS  # each rank knows the whole loss

    return Part(mesh.stage, adamw(mesh.stage.parameters()), backward, groups)


def mesh(micro_batches, **sizes):
    return partial(on_mesh, sizes=sizes, micro_batches=micro_batches)


try_out("tensor", mesh(1, tensor=4))
try_out("tensor, in 4", mesh(4, tensor=4))

# %% [markdown]
r"""
The states are a quarter, the activations are not: [norms and the residual stream](../distributed/tensor_parallel.md#sequence-parallel) are on every rank, for all 16 rows. What is sent depends on the number of tokens, not on how they are cut. So four micro-batches are free on the wire, and take three quarters of the activations away.
"""

# %%
try_out("pipeline, in 4", mesh(4, pipe=4))
try_out("pipeline, in 8", mesh(8, pipe=4))

# %% [markdown]
r"""
Half a MiB, a nineteenth of data parallelism's: [an activation there and its gradient back](../distributed/pipeline_run.md#what-is-sent) at each boundary. The first rank is the fullest, with the embedding and [four micro-batches on their way](../distributed/pipeline.md#same-bubble). With eight, each is half as large.

## Split the sequence

[Context parallelism](../distributed/context_parallel.md) needs no class. Attention becomes a ring, and all else is told which tokens it has: their places and their targets.
"""

# %%
from reference_impl.distributed import ring_attention, split_sequence


def in_a_ring(attention):
    def forward(x, mask=None, cache=None):
        heads = attention.qkv(x).unflatten(-1, (3, attention.heads, -1))
        out = ring_attention(*heads.permute(2, 0, 3, 1, 4), causal=True)
        return attention.out(out.transpose(1, 2).flatten(2))

    return forward


# %%
def context_parallel(rank, dtype):
    model = whole_model(dtype)
    for block in model.blocks:
        block.attention.forward = in_a_ring(block.attention)

    def backward(ids, targets):
        own = partial(split_sequence, rank=rank, world_size=RANKS, dim=-1)
        x = model.tokens(own(ids)) + model.positions(own(torch.arange(LENGTH)))
        for block in model.blocks:
            x = block(x)
        loss = loss_of(model.logits(model.norm(x)), own(targets)) / RANKS
        loss.backward()
        for parameter in model.parameters():  # each rank saw other tokens
            distributed.all_reduce(parameter.grad)
        return loss.detach()

    return Part(model, adamw(model.parameters()), backward, {"context": distributed.group.WORLD})


try_out("context", context_parallel)

# %% [markdown]
r"""
It holds what data parallelism holds, and sends the same gradients *and* the keys and values. For 16 short rows it is the worst of all. It is for the row that does not fit (exercise 2). [Expert parallelism](../distributed/expert_parallel.md) would need experts, which is another model.

So ZeRO-3, tensor and pipeline fit, and the pipeline sends least by far. Before you take it: does that stay so, and what does it cost?

## What grows

[`counted_step`](../distributed/costs.md#sent) makes one step and counts each message as it leaves, [`sent_bytes`](../reference/distributed.md#reference_impl.distributed.sent_bytes) is a formula. Double the rows, the width, the depth:
"""

# %%
from dataclasses import replace

from reference_impl.distributed import TrainStep, counted_step, sent_bytes

SCHEMES = ("data", "zero-3", "tensor", "pipeline")
now = {"config": CONFIG, "batch": ROWS}
changes = {
    "now": now,
    "rows x 2": now | {"batch": 2 * ROWS},
    "width x 2": now | {"config": replace(CONFIG, dim=2 * CONFIG.dim)},
    "depth x 2": now | {"config": replace(CONFIG, layers=2 * CONFIG.layers)},
}
first, exact = {}, True
print(f"{'':10}", *(f"{scheme:>8}" for scheme in SCHEMES))
for name, change in changes.items():
    step = TrainStep(**change, length=LENGTH, ranks=RANKS, micro_batches=8)
    cells = []
    for scheme in SCHEMES:
        ranks = run_ranks(counted_step, RANKS, scheme, step, timeout=600)
        found = [traffic.sent for traffic, _ in ranks]
        exact &= found == [sum(sent_bytes(scheme, step, r).values()) for r in range(RANKS)]
        cells.append(max(found) / first.setdefault(scheme, max(found)))
    print(f"{name:10}", *(f"{cell:8.2f}" for cell in cells))
print("each rank's bytes are those of the formula:", exact)

# %% [markdown]
r"""
To the byte. Data parallelism and ZeRO send the model: rows are free, and width costs nearly its square. Tensor parallelism sends activations, [four all-reduces a layer](../distributed/tensor_parallel.md#gpt), and pays for all three. A pipeline sends them at each *boundary*: depth is free. It stays the cheapest on the wire, whatever you double.

## What waits

Its price is time, the [bubble](../distributed/pipeline.md#bubbles). The formula is for equal stages, and ours are not: the last one makes the logits too. So play the schedule through with the operations that each rank really has:
"""

# %%
from reference_impl.distributed import one_f_one_b, simulate
from reference_impl.scaling_laws import forward_flops


def finish(schedule, forward):
    """When all is done, if rank r takes forward[r] for a forward, and for a backward twice that."""
    ends, clock = {}, [0.0] * schedule.ranks
    queues = [list(order) for order in schedule.orders]
    while any(queues):
        for rank, queue in enumerate(queues):
            while queue and all(need in ends for need in schedule.needs(rank, queue[0])):
                action = queue.pop(0)
                there = [ends[need] for need in schedule.needs(rank, action)]
                cost = forward[rank] * (2 if action.kind == "B" else 1)
                clock[rank] = ends[rank, action] = max([clock[rank], *there]) + cost
    return max(clock)


def stages(config, pipe):
    """Operations of a token in the forward of each stage."""
    counts = forward_flops(config, LENGTH)
    loads = [(counts["blocks"] + counts["attention"]) / pipe] * pipe
    return [*loads[:-1], loads[-1] + counts["head"]]


# %%
def idle(loads, micro_batches):
    """The share of the time in which ranks wait."""
    total = finish(one_f_one_b(len(loads), micro_batches), loads)
    return 1 - 3 * micro_batches * sum(loads) / (len(loads) * total)


ours, large = stages(CONFIG, 4), stages(replace(CONFIG, vocab=4096), 4)
print("last stage over first:", *(f"{loads[-1] / loads[0]:.2f}" for loads in (ours, large)))
for count in (4, 8, 16):
    schedule = one_f_one_b(4, count)
    print(count, finish(schedule, [1, 1, 1, 1]) == simulate(schedule).total, end="  ")
    print(*(f"{idle(loads, count):.0%}" for loads in ([1, 1, 1, 1], ours, large)))

# %% [markdown]
r"""
For equal stages it agrees with the simulator. Then three bubbles of the total time: of equal stages, of ours, of ours with a vocabulary of 4,096. Our last stage has a sixth more to do, and with eight micro-batches the ranks wait 32 per cent of the time in place of 27. With the large vocabulary half of the time is lost. More micro-batches hardly help then, since in each of them three ranks wait for the fourth. Exercise 3 moves blocks.

## A machine, and pairs

The machine has two boxes of two ranks. A rank reaches 50 billion operations a second. Its link inside the box moves 10 GB/s; its link to the other box 125 MB/s, as much as Gigabit Ethernet.
"""

# %%
from reference_impl.distributed import Machine, Wire, mesh_lines

MACHINE = Machine(
    gpus=RANKS,
    node=2,
    memory=BUDGET * MIB,
    peak=100e9,
    efficiency=0.5,
    inside=Wire(0, 10e9),
    between=Wire(0, 125e6),
    links=1,
)

try_out("data 2, tensor 2", mesh(4, data=2, tensor=2))
try_out("data 2, pipe 2", mesh(4, data=2, pipe=2))
try_out("pipe 2, tensor 2", mesh(8, pipe=2, tensor=2))

# %% [markdown]
r"""
All pairs are equal to one process, and all fit. Now the price. What a rank sends in a group takes as long as the slowest link of that group needs. Which link that is depends on the *order* of the mesh, as [ranks of the last dimension are neighbours](../distributed/mesh.md#order). The bytes don't depend on it, so each pair is priced both ways. As in `MeshGPT`, nothing hides behind computing. A message costs nothing to start. (A pipeline of four so pays for three slow boundaries and has one. It can afford it.)
"""


# %%
def milliseconds(name, sizes, micro_batches):
    """Computing, waiting and sending in one step on the machine."""
    pipe = sizes.get("pipe", 1)
    tokens = ROWS * LENGTH / sizes.get("data", 1) / sizes.get("tensor", 1) / micro_batches
    loads = [tokens * load for load in stages(CONFIG, pipe)]
    total = finish(one_f_one_b(pipe, micro_batches), loads)
    work, sending = 3 * micro_batches * sum(loads) / pipe, 0.0
    for (group, _), sent in RESULTS[name]["sent"].items():
        if group in sizes:
            first, second, *_ = mesh_lines(sizes)[group][0]
            sending += sent / MACHINE.link(second - first, sizes[group]).bandwidth
    reached = MACHINE.peak * MACHINE.efficiency
    return [1000 * t for t in (work / reached, (total - work) / reached, sending)]


LAYOUTS = [
    ("ZeRO-3", ["data"], 1),
    ("tensor, in 4", ["tensor"], 4),
    ("pipeline, in 8", ["pipe"], 8),
]
for a, b, count in (("data", "tensor", 4), ("data", "pipe", 4), ("pipe", "tensor", 8)):
    LAYOUTS += [(f"{a} 2, {b} 2", order, count) for order in ([a, b], [b, a])]
STEPS = {}
for name, order, count in LAYOUTS:
    key = " x ".join(order) if len(order) > 1 else name
    STEPS[key] = milliseconds(name, dict.fromkeys(order, RANKS // len(order)), count)
    print(f"{key:14}", *(f"{t:6.1f}" for t in STEPS[key]), f" = {sum(STEPS[key]):5.1f} ms")

# %% [markdown]
r"""
Computing, waiting, sending. The first of a pair lies between the boxes, the second inside.

The layout with the fewest bytes is not the fastest. `pipe x tensor` sends nine times as much as the pipeline, but nine tenths of it never leave a box, and two stages wait less than four. The same pair the other way round takes twice as long: same weights, same bytes, other cables. `pipe x data` comes close, with nearly twice the memory.

[Narayanan et al.](../distributed/mesh.md#order) do the same on GPUs: tensor parallelism inside a server, pipelines between. Here it follows from what was counted and four stated numbers. With other numbers it may not: the [plan for 1,024 GPUs](../distributed/costs.md#plan) turns with the links of a node.

## The picture
"""

# %% alt="Two panels of horizontal bars, one row a split. Left, MiB on a rank, stacked by parameters, gradients, optimizer and activations, with a dashed line at the budget of 18. Data 33.7, context 34.2, tensor 21.3 and ZeRO-2 20.0 cross it; ZeRO-3 16.3, tensor in 4 10.1, pipeline in 8 11.1, data with tensor 15.4, data with pipe 17.2 and pipe with tensor 9.2 do not. Right, MiB sent: context 19.5, ZeRO-3 14.0, tensor 12.8, data and ZeRO-2 9.5, data with tensor 7.4, pipe with tensor 4.6, data with pipe 3.7, pipeline 0.5." caption="What the fullest rank holds, and what the busiest one sends in a step. Which part of a pair's bytes stays inside a box depends on its order."
import matplotlib.pyplot as plt
import numpy as np

names = [name for name in RESULTS if name not in ("ZeRO-1", "pipeline, in 4")]
held = {kind: [RESULTS[name]["held"][kind] for name in names] for kind in KINDS}
sent = {"in collectives": [], "from rank to rank": []}
for name in names:
    by = RESULTS[name]["sent"]
    sent["from rank to rank"].append(sum(n for (_, what), n in by.items() if what == "send"))
    sent["in collectives"].append(by.total() - sent["from rank to rank"][-1])

figure, axes = plt.subplots(1, 2, figsize=(4.5, 4.6), sharey=True, width_ratios=(1.4, 1))
colours = iter(("C0", "C1", "C2", "C3", "C4", "C5"))
for axis, bars in zip(axes, (held, sent), strict=True):
    start = np.zeros(len(names))
    for label, sizes in bars.items():
        width = np.array(sizes) / MIB
        axis.barh(names, width, left=start, label=label, color=next(colours), height=0.65)
        start += width
    least = BUDGET if axis is axes[0] else 0
    for row, end in enumerate(start):
        axis.text(max(end, least) + 0.7, row, f"{end:.1f}", va="center", fontsize=9)
    axis.set_xlim(0, 1.3 * max(least, *start))
axes[0].axvline(BUDGET, color="black", linestyle="--", label="budget")
axes[0].set_xlabel("MiB on a rank")
axes[1].set_xlabel("MiB it sends")
axes[0].invert_yaxis()
figure.legend(loc="outside lower center", ncols=2)
plt.show()

# %% [markdown]
r"""
And the number:
"""

# %%
best = min(STEPS, key=lambda key: sum(STEPS[key]))
total = RESULTS[best.replace(" x ", " 2, ") + " 2"]["total"]
print(f"{best}: {whole / MIB:.1f} MiB became {total:.1f} of {BUDGET} on each rank")
print(f"its step is {sum(STEPS['ZeRO-3']) / sum(STEPS[best]):.1f} times as fast as that of ZeRO-3")

# %% [markdown]
r"""
## What breaks

**A forgotten average.** Data parallelism without `average_gradients` sends nothing and holds the same. The losses fall:
"""


# %%
def forgotten(rank, dtype):
    model = whole_model(dtype)

    def backward(ids, targets):
        loss = loss_of(model(ids.chunk(RANKS)[rank]), targets.chunk(RANKS)[rank])
        loss.backward()
        return loss.detach() / RANKS

    return Part(model, adamw(model.parameters()), backward, {"data": distributed.group.WORLD})


try_out("no average", forgotten)
for losses in (LOSSES, RESULTS["no average"]["losses"]):
    print(*(f"{loss:.3f}" for loss in losses))

# %% [markdown]
r"""
Four models, each trained on a quarter of the text, and no error. The first loss is right, as it comes before the first step. Ask after some steps whether the weights still agree:
"""

# %%
from reference_impl.distributed import RankError, require_same


def careful(rank):
    part = forgotten(rank, torch.float64)
    part.backward(*BATCHES[0])
    part.optimizer.step()
    total = sum(weight.abs().sum().item() for weight in part.model.parameters())
    require_same("sum of weights", f"{total:.1f}")


try:
    run_ranks(careful, RANKS)
except RankError as error:
    print(next(iter(error.failures.values())))  # all ranks say the same

# %% [markdown]
r"""
**Another order on one rank.** Gradients are averaged by hand, by all ranks in one order, then by rank 3 from the other end. With PyTorch's debug level `DETAIL` the ranks compare the kind and the shape of each collective before they begin it:
"""


# %%
def in_order(rank, which, odd=None):
    """Average some gradients, in reverse on one rank; say whether they are those of one process."""
    model = whole_model(torch.float64)
    ids, targets = (x.chunk(RANKS)[rank] for x in BATCHES[0])
    loss_of(model(ids), targets).backward()
    found = {name: p.grad / RANKS for name, p in model.named_parameters() if which in name}
    for name in sorted(found, reverse=rank == odd):
        distributed.all_reduce(found[name])
    return all(torch.allclose(found[n], GRADIENTS[n], rtol=0, atol=1e-9) for n in found)


distributed.set_debug_level(distributed.DebugLevel.DETAIL)
for odd in (None, 3):
    print("one shape:", run_ranks(in_order, RANKS, "mlp.up.weight", odd))
try:
    run_ranks(in_order, RANKS, "", 3)
except RankError as error:
    said = "Detected mismatch between collectives on ranks"
    print("all:", said if said in str(error) else error)
distributed.set_debug_level(distributed.DebugLevel.OFF)

# %% [markdown]
r"""
The eight matrices `mlp.up.weight` have one shape, and nothing is noticed: block 0 of three ranks is added to block 7 of the fourth, and the average is wrong on all. Among all gradients the first two differ in shape, and that is caught. (Without `DETAIL` a rank of ours died inside gloo.) A library can check shapes. What is *meant* can only be held against one process.

## Takeaways

> - States and activations decide what fits, tokens and parameters what is sent. Count both before you choose.
> - Rows: the model's size is sent. Matrices: an activation for each layer. Layers: one for each boundary, and ranks wait. Tokens: keys and values, on top of the gradients.
> - In tensor and pipeline parallelism micro-batches cut activations and send no byte more. In a pipeline they shrink the bubble, unless stages are unequal.
> - Fewest bytes is not fastest. Put the group that sends most on the fastest link.
> - A wrong split trains. Hold losses, gradients and weights against one process, once.

## Exercises

**1.** The budget falls to 10 MiB. Which layouts are left? Don't run a step.
"""

# %% tags=["answer"]
from reference_impl.memory import Parallel

for sizes, count in (
    ({"data": 4, "zero": 3}, 4),
    ({"tensor": 4}, 4),
    ({"tensor": 4}, 8),
    ({"pipeline": 4}, 8),
    ({"pipeline": 4}, 16),
    ({"data": 2, "pipeline": 2}, 8),
    ({"pipeline": 2, "tensor": 2}, 8),
):
    parallel = Parallel(**sizes, micro_batches=count)
    parts = estimate_memory(CONFIG, ROWS, LENGTH, parallel=parallel)
    total = (parts.states + parts.in_flight + parts.activations) / MIB
    print(f"{total:4.1f}", "in", count, *(f"{name} {size}" for name, size in sizes.items()))

# %% [markdown] tags=["answer"]
r"""
Three: tensor, if its micro-batches are small enough; the pipeline in 16; and the pair that won. The first stage of a pipeline is asked about, as it is the fullest. Where we have measured, the sums are the same.
"""

# %% [markdown]
r"""
**2.** The batch is one row of 512 tokens. Which splits can still be used, and what do they send?
"""

# %% tags=["answer"]
config = replace(CONFIG, context=512)
step = TrainStep(config=config, batch=1, length=512, ranks=RANKS, micro_batches=1)
for scheme in ("data", "tensor", "pipeline", "ring", "ulysses"):
    try:
        found = run_ranks(counted_step, RANKS, scheme, step)
        print(scheme, f"{max(traffic.sent for traffic, _ in found) / MIB:.1f} MiB")
    except RankError as error:
        print(scheme, next(iter(error.failures.values())))

# %% [markdown] tags=["answer"]
r"""
Rows can't be shared out, so data parallelism and ZeRO are out. The pipeline has one micro-batch, and three of its ranks always wait. A ring and Ulysses cut the tokens. They keep whole states, but with long rows the activations are what is large, and those are a quarter.
"""

# %% [markdown]
r"""
**3.** With a vocabulary of 4,096 the last stage has too much to do. Which number of blocks for each stage makes the shortest step of eight micro-batches?
"""

# %% tags=["answer"]
from itertools import product

equal = (CONFIG.layers // 4,) * 4
block, head = large[0] / equal[0], large[-1] - large[0]
times = {}
for blocks in product(range(1 + CONFIG.layers), repeat=4):
    if sum(blocks) == CONFIG.layers:
        loads = [block * count for count in blocks]
        times[blocks] = finish(one_f_one_b(4, 8), [*loads[:3], loads[3] + head])
found = min(times, key=times.get)
print(found, f"{times[found] / times[equal]:.2f} of the time of", equal)

# %% [markdown] tags=["answer"]
r"""
No block at all for the last stage: the head is more than two of them. The loads are then 3, 3, 2 and 2.6 blocks. `GPTStage` wants equal numbers, so this one is a plan.
"""

# %% [markdown]
r"""
## Sources

- Narayanan et al., 2021, [*Efficient large-scale language model training on GPU clusters*](https://arxiv.org/abs/2104.04473), section 3: which split where, and why.
- Rajbhandari et al., 2019, [*ZeRO*](https://arxiv.org/abs/1910.02054), section 7: what each stage sends.
- Shoeybi et al., 2019, [*Megatron-LM*](https://arxiv.org/abs/1909.08053), section 3: the cuts of matrices, and their all-reduces.
- Huang et al., 2018, [*GPipe*](https://arxiv.org/abs/1811.06965), section 2.3: micro-batches and the bubble.
- Liu, Zaharia and Abbeel, 2023, [*Ring attention*](https://arxiv.org/abs/2310.01889).
- PyTorch documentation, [`torch.distributed`](https://docs.pytorch.org/docs/stable/distributed.html): debug levels.
"""
