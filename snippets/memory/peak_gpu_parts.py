# requires: cuda
# ran on: no device yet
# A draft that traces a mismatch: what is alive at the peak of the second step, by size and place.
import gc
from collections import Counter
from functools import partial

import torch
from torch.utils.checkpoint import checkpoint

from reference_impl.gpt import GPT, GPTConfig
from reference_impl.memory import estimate_peak

MIB = 2**20
config = GPTConfig.gpt2(dropout=0.0)
ids, targets = torch.randint(config.vocab, (2, 8, 1024), device="cuda")
print(torch.__version__, torch.cuda.get_device_name(), torch.backends.cudnn.version())
x = torch.randn(1, 2, 128, 64, device="cuda")
for dtype in (torch.float32, torch.bfloat16):
    y = x.to(dtype)
    print(dtype, "sdpa choice", torch._fused_sdp_choice(y, y, y, None, 0.0, True))


def where(entry):
    frames = [f for f in entry.get("frames", []) if f["filename"].endswith(".py")]
    names = [f"{f['filename'].split('/')[-1]}:{f['line']}:{f['name']}" for f in frames[:3]]
    return " < ".join(names) or "backward or C++"


def parts(batch, precision, loop, recompute):
    model = GPT(config).cuda()
    for block in model.blocks if recompute else ():
        block.forward = partial(checkpoint, block.forward, use_reentrant=False)
    optimizer = torch.optim.AdamW(model.parameters(), **{loop: True})
    marks = []

    after = {}

    def step(snapshot=False):
        optimizer.zero_grad()
        marks.append(torch.cuda.memory_allocated())
        torch.cuda.reset_peak_memory_stats()
        with torch.autocast("cuda", torch.bfloat16, enabled=precision == "autocast"):
            loss = model.loss(ids[:batch], targets[:batch])
        marks.append(torch.cuda.max_memory_allocated())
        marks.append(torch.cuda.memory_allocated())
        torch.cuda.reset_peak_memory_stats()
        loss.backward()
        marks.append(torch.cuda.max_memory_allocated())
        marks.append(torch.cuda.memory_allocated())
        if snapshot:
            after.update(torch.cuda.memory._snapshot())
        torch.cuda.reset_peak_memory_stats()
        optimizer.step()
        marks.append(torch.cuda.max_memory_allocated())

    step()
    print(
        "  step 1: before, forward peak, after forward, backward peak, after backward, step peak:",
        *(f"{m / MIB:.1f}" for m in marks),
    )
    marks.clear()
    optimizer.zero_grad()
    torch.cuda.memory._record_memory_history(max_entries=200_000)
    step(snapshot=True)
    trace = torch.cuda.memory._snapshot()["device_traces"][0]
    torch.cuda.memory._record_memory_history(enabled=None)
    print("  step 2:", *(f"{m / MIB:.1f}" for m in marks))
    live, total, most, best, last = {}, 0, 0, {}, ""
    for entry in trace:
        if entry["action"] == "alloc":
            live[entry["addr"]] = (entry["size"], where(entry))
            total += entry["size"]
            if total > most:
                most, last, best = total, f"{entry['size'] / MIB:.2f} at {where(entry)}", dict(live)
        elif entry["action"] == "free_completed":
            total -= live.pop(entry["addr"], (0, ""))[0]
    known = {t.untyped_storage().data_ptr() for t in (ids, targets)}
    for p in model.parameters():
        known |= {p.untyped_storage().data_ptr()}
        known |= {p.grad.untyped_storage().data_ptr()} if p.grad is not None else set()
    for state in optimizer.state.values():
        known |= {v.untyped_storage().data_ptr() for v in state.values()}
    left = Counter()
    for segment in after["segments"]:
        for block in segment["blocks"]:
            if block["state"] == "active_allocated" and block["address"] not in known:
                left[block["size"], where(block)] += 1
    print("  after backward, neither weight, gradient, state nor input:")
    for (size, place), n in sorted(left.items(), key=lambda kv: -kv[0][0] * kv[1])[:8]:
        print(f"    {size * n / MIB:9.2f} = {n:3} x {size / MIB:8.2f}  {place}")
    now = torch.cuda.memory_allocated()
    torch._C._cuda_clearCublasWorkspaces()
    print(f"  workspaces {(now - torch.cuda.memory_allocated()) / MIB:.2f}")
    print(f"  most above the start {most / MIB:.1f}, brought by {last}")
    count = Counter(best.values())
    for (size, place), n in sorted(count.items(), key=lambda kv: -kv[0][0] * kv[1])[:22]:
        print(f"    {size * n / MIB:9.2f} = {n:3} x {size / MIB:8.2f}  {place}")


gpt2, few = config, config.change(vocab=1000)
for config, case in [
    (gpt2, (1, "autocast", "fused", False)),
    (gpt2, (8, "autocast", "fused", True)),
    (few, (8, "autocast", "fused", False)),
    (few, (8, "autocast", "fused", True)),
    (few, (8, "float32", "fused", True)),
]:
    ids.clamp_(max=config.vocab - 1)
    targets.clamp_(max=config.vocab - 1)
    batch, precision, loop, recompute = case
    gc.collect()
    torch._C._cuda_clearCublasWorkspaces()
    torch.cuda.empty_cache()
    print(config.vocab, *case, f"{torch.cuda.memory_allocated() / MIB:.1f} at the start")
    e = estimate_peak(
        config, batch, 1024, precision, loop=loop, recompute=recompute, kernels="cuda"
    )
    print(
        "  predicted:",
        e.moment,
        e.during,
        {k: round(v / MIB, 1) for k, v in e.peaks.items()},
        "after forward, backward",
        round(e.after_forward / MIB, 1),
        round(e.after_backward / MIB, 1),
    )
    print("  parts at the peak:", {k: round(v / MIB, 1) for k, v in e.parts.items()})
    parts(*case)
