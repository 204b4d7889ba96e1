import matplotlib.pyplot as plt
import torch
from torch.nn.functional import cross_entropy

from reference_impl.distributed import DataParallel, run_ranks
from reference_impl.gpt import GPT, GPTConfig

CONFIG = GPTConfig(vocab=32, context=16, dim=32, layers=4, heads=4)


class Noted(DataParallel):
    """Notes, for each launch of a bucket, how many gradients were there."""

    def _launch(self, index):
        self.launched.append(sum(p.grad is not None for p in self.module.parameters()))
        super()._launch(index)


def work(rank, strategy):
    model = Noted(GPT(CONFIG), strategy, bucket_bytes=40_000)
    model.launched, order = [], []
    for bucket, parameters in enumerate(model.buckets):
        for parameter in parameters:
            parameter.register_post_accumulate_grad_hook(lambda p, b=bucket: order.append(b))
    ids = torch.randint(32, (2, 17))
    cross_entropy(model(ids[:, :-1]).flatten(0, 1), ids[:, 1:].flatten()).backward()
    model.average_gradients()
    return order, model.launched


figure, axes = plt.subplots(2, 1, figsize=(4.5, 4.4), sharex=True, layout="constrained")
for axis, strategy in zip(axes, ("bucketed", "overlapped"), strict=True):
    order, launched = run_ranks(work, 2, strategy)[0]
    for bucket, at in enumerate(launched):
        arrived = [place for place, b in enumerate(order, start=1) if b == bucket]
        axis.plot(arrived, [bucket] * len(arrived), "|", color="C0", markersize=11)
        axis.plot(at, bucket, ">", color="C1", markersize=7)
    axis.axvline(len(order), color="C5", linewidth=1, linestyle="--")
    axis.set_title(strategy, fontsize=10)
    axis.set(ylabel="bucket", yticks=range(len(launched)), ylim=(len(launched) - 0.5, -0.5))
    axis.spines[["top", "right"]].set_visible(False)
axes[0].plot([], [], "|", color="C0", markersize=11, label="a gradient arrives")
axes[0].plot([], [], ">", color="C1", label="all-reduce begins")
axes[0].legend(fontsize=9, loc="lower left")
axes[1].set_xlabel("gradients that backward has finished")
