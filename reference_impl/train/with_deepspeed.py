"""The training program on DeepSpeed's engine: the same task, data, optimizer and schedule, with its ZeRO stages.

DeepSpeed accumulates, clips, steps and saves by itself, so it has a loop of its own. Rajbhandari et al., 2019,
[*ZeRO*](https://arxiv.org/abs/1910.02054); keys as in [its documentation](https://www.deepspeed.ai/docs/config-json/).
"""

import contextlib
import io
import logging
import os
import warnings
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

# --8<-- [start:deepspeed_imports]
import torch
from torch import distributed

# --8<-- [end:deepspeed_imports]
from torch.utils.data import BatchSampler, DataLoader

from reference_impl.data import ResumableSampler
from reference_impl.train.config import RunError, TrainConfig
from reference_impl.train.loop import (
    COLUMNS,
    make_optimizer,
    make_scheduler,
    seed_everything,
    to_device,
    write_weights,
)
from reference_impl.train.metrics import MetricsFile
from reference_impl.train.parallel import Dealt, LossOf, only_one_run, own_seed
from reference_impl.train.task import Batch, Task, load_task, size

__all__ = ["deepspeed_settings", "train_with_deepspeed"]


# --8<-- [start:deepspeed_settings]
def deepspeed_settings(config: "TrainConfig", stage: int, ranks: int) -> "dict[str, Any]":
    """Return the settings of a run in DeepSpeed's names.

    Args:
        config: of the training program.
        stage: of ZeRO: 1 splits the optimizer state, 2 gradients too, 3 weights as well.
        ranks: how many train together.

    Raises:
        RunError: DeepSpeed can't do this with these settings.

    Examples:
        >>> settings = deepspeed_settings(TrainConfig(batch_size=8, accumulate=2), stage=3, ranks=4)
        >>> settings["train_micro_batch_size_per_gpu"], settings["zero_optimization"]
        (2, {'stage': 3})
        >>> deepspeed_settings(TrainConfig(batch_size=8), stage=1, ranks=3)
        Traceback (most recent call last):
        reference_impl.train.config.RunError: expected batch_size to be a multiple of the 3 ranks, got 8
    """
    if stage not in (1, 2, 3):
        raise RunError(f"expected a ZeRO stage from 1 to 3, got {stage}")
    if config.batch_size % ranks:
        raise RunError(
            f"expected batch_size to be a multiple of the {ranks} ranks, got {config.batch_size}"
        )
    for name, wanted in (("ramp_steps", 0), ("precision", "fp32"), ("parallel", "none")):
        if getattr(config, name) != wanted:
            raise RunError(f"expected {name} {wanted!r} here, got {getattr(config, name)!r}")
    return {
        "train_micro_batch_size_per_gpu": config.batch_size // ranks,
        "gradient_accumulation_steps": config.accumulate,
        "gradient_clipping": config.clip_norm,
        "zero_optimization": {"stage": stage},
        "zero_allow_untested_optimizer": True,  # for SGD; it knows PyTorch's AdamW
        "steps_per_print": config.max_steps + 1,
    }


# --8<-- [end:deepspeed_settings]


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep DeepSpeed's reports of itself from standard output, and its use of names that PyTorch has renamed."""
    logging.getLogger("DeepSpeed").setLevel(logging.WARNING)
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        for kind in (FutureWarning, DeprecationWarning):
            warnings.simplefilter("ignore", kind)
        yield


class _Data:
    """Batches of this rank without end, from where the sampler stands."""

    def __init__(self, task: Task, config: TrainConfig) -> None:
        self.task, self.batch_size = task, config.batch_size
        self.count: float | None = None  # of each micro-batch on each rank
        self.rank, self.ranks = distributed.get_rank(), distributed.get_world_size()
        self.sampler = ResumableSampler(size(task.train_data, "train_data"), seed=config.seed)
        if len(self.sampler) < config.batch_size:
            raise RunError(
                f"expected at least {config.batch_size} items for a batch, got {len(self.sampler)}"
            )

    def __iter__(self) -> Iterator[Batch]:
        while True:
            epoch = self.sampler.epoch
            batches = BatchSampler(self.sampler, self.batch_size, drop_last=True)
            dealt = Dealt(batches, self.rank, self.ranks)
            for batch in DataLoader(
                self.task.train_data, batch_sampler=dealt, collate_fn=self.task.collate
            ):
                self.sampler.advance(self.batch_size)
                yield batch
            if self.sampler.epoch == epoch:  # rows are left over; else `advance` has begun the next
                self.sampler.set_epoch(epoch + 1)


# --8<-- [start:deepspeed_train]
def train_with_deepspeed(
    config: "TrainConfig", stage: int, make_task: "Callable[[], Task] | None" = None
) -> int:
    """Train on the ranks of `torchrun`, or go on if the folder holds a checkpoint of DeepSpeed.

    All micro-batches must have one `count`, and the rest of an epoch that fills no batch is left
    out: DeepSpeed takes means. A row of metrics for each step and the weights are written as by
    `train`. The checkpoints are DeepSpeed's, for the same number of ranks and the same stage; the
    oldest are not removed. There is no evaluation, and a signal is not waited for.

    Args:
        config: the settings; `parallel` stays `none`.
        stage: of ZeRO.
        make_task: makes the task, in place of the function that `config.task` names.

    Returns:
        The steps done.

    Raises:
        RunError: DeepSpeed can't do this with these settings, or is not told of any ranks.
    """
    os.environ.setdefault("DS_ACCELERATOR", "cuda" if config.device.startswith("cuda") else "cpu")
    import deepspeed  # optional, and slow to import

    if os.environ["DS_ACCELERATOR"] == "cpu":
        # Else it compiles a kernel of its own at the first start; gloo, which is there, does the same.
        vars(deepspeed.ops)["__compatible_ops__"] = {}
    if not distributed.is_initialized() and "RANK" not in os.environ:
        raise RunError("expected to be started by torchrun or deepspeed, got no RANK")
    if distributed.is_initialized():  # by something else on one machine; torchrun sets it
        os.environ.setdefault("LOCAL_RANK", str(distributed.get_rank()))
    with _quiet():
        deepspeed.init_distributed()
    settings = deepspeed_settings(config, stage, distributed.get_world_size())
    seed_everything(config.seed)
    task = make_task() if make_task else load_task(config.task, config.options)
    task.model.to(torch.device(config.device))
    data, optimizer = _Data(task, config), make_optimizer(task.model, config)
    with _quiet():
        engine, *_ = deepspeed.initialize(
            model=LossOf(task.model, task.loss), optimizer=optimizer, config=settings
        )
    scheduler = make_scheduler(optimizer, config)
    # From here on each rank drops other places.
    seed_everything(own_seed(config, engine.global_rank, step=0))
    folder = Path(config.folder)
    folder.mkdir(parents=True, exist_ok=True)
    with only_one_run(folder, engine.global_rank, together=True), _quiet():
        step = _train(engine, data, scheduler, folder, config)
    with deepspeed.zero.GatheredParameters(list(task.model.parameters()), enabled=stage == 3):
        if engine.global_rank == 0:
            write_weights(task.model.state_dict(), folder / "weights.safetensors")
    distributed.barrier()
    engine.destroy()
    return step


# --8<-- [end:deepspeed_train]


def _train(engine: Any, data: _Data, scheduler: Any, folder: Path, config: TrainConfig) -> int:  # noqa: ANN401 - DeepSpeed has no types
    where, path = str(folder / "deepspeed"), folder / f"metrics.{config.metrics}"
    state: dict[str, Any] = {"step": 0, "written": 0}
    if (folder / "deepspeed" / "latest").exists():
        _, state = engine.load_checkpoint(where)
        if different := config.differences(state["config"]):
            raise RunError(f"the run in {folder} has other settings: {'; '.join(different)}")
        data.sampler.load_state_dict(state["sampler"])
        scheduler.load_state_dict(state["scheduler"])
    step, batches = state["step"], iter(data)
    open_metrics = partial(MetricsFile, path, config.metrics, COLUMNS, state["written"])
    with open_metrics() if data.rank == 0 else nullcontext() as metrics:
        while step < config.max_steps:
            row = _step(engine, data, batches, config.accumulate)
            scheduler.step()
            step += 1
            if metrics:
                metrics.write({"step": step, **row})
            if step % config.checkpoint_every == 0 or step == config.max_steps:
                written = metrics.sync() if metrics else 0
                here = {"sampler": data.sampler.state_dict(), "scheduler": scheduler.state_dict()}
                here["config"] = asdict(config)
                engine.save_checkpoint(
                    where, client_state={"step": step, "written": written, **here}
                )
    return int(step)


def _same_count(count: float, known: float | None, device: torch.device) -> float:
    """Return the count that every micro-batch has on every rank."""
    own = torch.tensor([count, -count], dtype=torch.float64, device=device)
    distributed.all_reduce(own, distributed.ReduceOp.MAX)
    most, least = float(own[0]), -float(own[1])
    if not most == least == (known or least) > 0:
        raise RunError(
            f"expected micro-batches with one count above 0, as DeepSpeed takes means; got {least:g} to {most:g}"
            + (f", after {known:g}" if known else "")
        )
    return least


# --8<-- [start:deepspeed_step]
def _step(engine, data, batches, accumulate: int) -> "dict[str, float]":  # type: ignore[no-untyped-def]  # noqa: ANN001 - DeepSpeed has no types
    """Do one optimizer step with DeepSpeed's three calls, and return what to write down."""
    rate, loss = engine.get_lr()[0], torch.zeros(2, dtype=torch.float64, device=engine.device)
    for _ in range(accumulate):
        batch = to_device(next(batches), engine.device)
        data.count = _same_count(data.task.count(batch), data.count, engine.device)
        total = engine(batch)
        engine.backward(total / data.count)  # divided by `accumulate`, and averaged over ranks
        engine.step()  # clips and changes the weights after the last micro-batch only
        loss += torch.tensor([total.item(), data.count], dtype=torch.float64, device=engine.device)
    distributed.all_reduce(loss)
    norm = float(engine.get_global_grad_norm())
    return {"loss": float(loss[0] / loss[1]), "learning_rate": rate, "gradient_norm": norm}


# --8<-- [end:deepspeed_step]
