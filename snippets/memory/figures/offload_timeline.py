import matplotlib.pyplot as plt
import torch
from matplotlib.patches import Patch
from torch.utils._python_dispatch import TorchDispatchMode

from reference_impl.gpt import GPT, GPTConfig
from reference_impl.memory import Offload, gpt_activations

CONFIG = GPTConfig(vocab=50, context=64, dim=48, layers=4, heads=4)
BLOCK = sum(t.nbytes for t in gpt_activations(CONFIG, 8, 64) if t.part == "block 3")


class Clock(TorchDispatchMode):
    """Counts the operations of the model, and not those of the copies."""

    now = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        name = func._schema.name.removeprefix("aten::")
        self.now += name not in ("empty", "set_", "copy_", "detach", "alias")
        return func(*args, **(kwargs or {}))


def recorded(**options):
    """Return, for each storage, when what happened; the time of the loss; and the last time."""
    torch.manual_seed(0)
    model, (ids, targets) = GPT(CONFIG), torch.randint(50, (2, 8, 64))
    history: dict[int, dict[str, int]] = {}
    sizes: dict[int, int] = {}

    def watch(what, number, nbytes):
        sizes[number] = nbytes
        history.setdefault(number, {})[what] = clock.now

    with Clock() as clock:
        with Offload(model, ids, targets, watch=watch, **options):
            loss = model.loss(ids, targets)
        turn = clock.now
        loss.backward()
    return history, sizes, turn, clock.now


def on_device(history, sizes, end):
    """Return the bytes of saved tensors that are on the device after each operation."""
    total = [0] * (end + 1)
    for number, times in history.items():
        gone = times.get("free", times["dropped"])
        stays = [(times["saved"], gone), (times.get("back", gone), times["dropped"])]
        for begin, stop in stays[: 1 + ("back" in times)]:
            for now in range(begin, stop + 1):
                total[now] += sizes[number]
    return [size / 1e6 for size in total]


history, sizes, turn, end = recorded(keep_bytes=BLOCK, in_flight_bytes=BLOCK // 2)
figure, (bars, lines) = plt.subplots(
    2, 1, figsize=(4.5, 4.6), layout="constrained", sharex=True, height_ratios=(2, 1)
)
for number, times in history.items():
    gone = times.get("free", times["dropped"])
    bars.barh(number, gone - times["saved"], 0.8, times["saved"], color="C0")
    if "back" in times:
        bars.barh(number, times["back"] - gone, 0.8, gone, color="C1", alpha=0.45)
        bars.barh(number, times["dropped"] - times["back"], 0.8, times["back"], color="C0")
bars.set(ylim=(len(history), -1), ylabel="saved storages, in order")
bars.legend(
    handles=[Patch(color="C0", label="on the device"), Patch(color="C1", alpha=0.45, label="on the host")],
    fontsize=9, loc="lower center", ncols=2, bbox_to_anchor=(0.5, 1.0),
)  # fmt: skip  # the legend is one thing
lines.plot(on_device(*recorded(keep_bytes=2**40)[:2], end), color="C2", label="nothing moves")
lines.plot(on_device(history, sizes, end), color="C0", label="offloaded")
lines.set(xlabel="operations of one step", ylabel="MB on the device", ylim=(0, None))
lines.legend(fontsize=9, loc="upper right")
for axis in (bars, lines):
    axis.axvline(turn, color="C3", linestyle="--", linewidth=1)
    axis.spines[["top", "right"]].set_visible(False)
bars.text(turn + 16, 53, "backward", fontsize=9)
