import matplotlib.pyplot as plt
import torch
import torch._dynamo  # what FSDP imports, once here and not on each rank

from reference_impl.distributed import run_ranks
from reference_impl.gpt.english import task
from reference_impl.train import TrainConfig
from reference_impl.train.loop import Run


def held(tensors):
    pieces = [getattr(t, "_local_tensor", t) for t in tensors]
    return sum(t.numel() * t.element_size() for t in pieces)


def work(rank, engine):
    torch.manual_seed(0)
    found = task(vocab=300, dim=64, layers=4, heads=4, context=32, max_characters=20_000)
    run = Run(found, TrainConfig(parallel=engine, batch_size=8))
    run.train_step()
    state = [t for entry in run.optimizer.state.values() for t in entry.values()]
    gradients = [p.grad for p in run.model.parameters()]
    run.close()
    return [held(part) / 1e6 for part in (run.model.parameters(), gradients, state)]


task(vocab=300, dim=64, layers=4, heads=4, context=32, max_characters=20_000)  # its tokenizer, once
figure, axis = plt.subplots(figsize=(4.5, 2.8))
bars = [("none", 1), ("ddp", 2), ("ddp", 4), ("fsdp", 2), ("fsdp", 4), ("tp", 2), ("tp", 4)]
for place, (engine, ranks) in enumerate(bars):
    parts = work(0, engine) if engine == "none" else run_ranks(work, ranks, engine)[0]
    bottom = 0.0
    for index, (part, label) in enumerate(zip(parts, ("weights", "gradients", "optimizer state"))):
        axis.bar(place, part, 0.7, bottom, color=f"C{index}", label=label if place == 0 else None)
        bottom += part
axis.set_xticks(range(len(bars)), [f"{engine}\n{ranks}" for engine, ranks in bars])
axis.set(ylabel="MB on one rank", ylim=(0, 5.4))
axis.legend(ncols=3, loc="upper center", frameon=False, columnspacing=1, handlelength=1)
