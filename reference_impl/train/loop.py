"""The training loop: plain PyTorch, in one process or on several ranks, and able to go on where it was stopped."""

# --8<-- [start:imports]
import math
import os
import platform
import random
from collections.abc import Callable, Generator, Iterable
from contextlib import closing, nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

# --8<-- [end:imports]
import numpy as np
import torch
from torch import nn
from torch.utils.data import BatchSampler, DataLoader, Dataset
from tqdm import tqdm

from reference_impl.data import ResumableSampler
from reference_impl.optimizers import Scheduler, cosine, warmup_cosine, weight_decay_groups
from reference_impl.saving import (
    CheckpointFolder,
    rng_state,
    save_safetensors,
    set_rng_state,
)
from reference_impl.train.config import RunError, TrainConfig
from reference_impl.train.interrupts import StopSignal, leave_signals_to_the_parent
from reference_impl.train.metrics import MetricsFile
from reference_impl.train.parallel import (
    Dealt,
    clip_gradients,
    load_whole,
    make_engine,
    only_one_run,
    own_seed,
    process_group,
    whole,
)
from reference_impl.train.task import Batch, Task, load_task, require_trainable, size

COLUMNS = ["step", "loss", "learning_rate", "gradient_norm", "eval_loss"]
AUTOCAST = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


class Result(NamedTuple):
    """How a call of `train` ended.

    Attributes:
        step: optimizer steps done.
        eval_loss: mean loss of the last evaluation, or `None` if there was none.
        signal: the number of the signal that stopped it, or `None` if it came to its end.

    Examples:
        >>> Result(step=10, eval_loss=None, signal=None).step
        10
    """

    step: int
    eval_loss: float | None
    signal: int | None


def seed_everything(seed: int) -> None:
    """Seed the global generators of Python, NumPy and PyTorch (all its devices).

    Args:
        seed: a number from 0 to 2**32 - 1, as NumPy wants.

    Examples:
        >>> seed_everything(0)
        >>> torch.rand(2)
        tensor([0.4963, 0.7682])
    """
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002 - libraries that a task uses draw from the global generator
    torch.manual_seed(seed)


def environment(parallel: str = "none", ranks: int = 1) -> dict[str, str | int]:
    """Return what the last bits of a result may depend on.

    Args:
        parallel: the engine.
        ranks: how many processes train together.

    Examples:
        >>> sorted(environment())
        ['device', 'parallel', 'ranks', 'threads', 'torch']
    """
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else platform.machine()
    machine: dict[str, str | int] = {
        "torch": str(torch.__version__),
        "threads": torch.get_num_threads(),
        "device": gpu,
    }
    return {**machine, "parallel": parallel, "ranks": ranks}


class Run:
    """Everything that changes while a model is trained.

    Args:
        task: what to train.
        config: how.

    Attributes:
        step: optimizer steps done.

    Raises:
        RunError: the data are empty, the device is not there, or nothing is to be trained.
    """

    def __init__(self, task: Task, config: TrainConfig) -> None:
        self.task = task
        self.config = config
        self.device = _device(config)
        self.model = task.model.to(self.device)  # before the optimizer takes its parameters
        self.engine = make_engine(config, task, self.model)  # it may cut them
        self.optimizer = make_optimizer(self.model, config)
        self.scheduler = make_scheduler(self.optimizer, config)
        self.scaler = torch.amp.GradScaler(self.device.type, enabled=config.precision == "fp16")
        if task.eval_data is not None:
            size(task.eval_data, "eval_data")  # known now, and not after an hour of training
        self.sampler = ResumableSampler(size(task.train_data, "train_data"), seed=config.seed)
        self.step = 0
        self.loss_sum, self.loss_count = 0.0, 0  # since the last log line
        self.eval_loss: float | None = None
        self._batches = self._stream()

    # --8<-- [start:state_dict]
    def state_dict(self) -> dict[str, Any]:
        """Return all that the next step depends on, as `torch.load(weights_only=True)` can read it."""
        return {
            "model": whole(self.model.state_dict()),
            "optimizer": whole(self.optimizer.state_dict()),
            "scheduler": self.scheduler.state_dict(),
            "scaler": self.scaler.state_dict(),
            "sampler": self.sampler.state_dict(),
            "rng": self.engine.gather(rng_state(cuda=self.device.type == "cuda")),
            "shares": self.engine.shares,
            "progress": (self.step, self.loss_sum, self.loss_count, self.eval_loss),
        }

    # --8<-- [end:state_dict]

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go back to where `state_dict` was called.

        Args:
            state: what it returned, from a run with the same settings.

        Raises:
            RunError: it is of another model, optimizer or data set.
        """
        try:
            load_whole(self.model, self.optimizer, state)
        except (RuntimeError, ValueError) as error:
            raise RunError(f"the checkpoint is of another model: {error}") from error
        self.scheduler.load_state_dict(state["scheduler"])
        self.scaler.load_state_dict(state["scaler"])
        try:
            self.sampler.load_state_dict(state["sampler"])
        except ValueError as error:
            raise RunError(f"the checkpoint is of other data: {error}") from error
        self.step, self.loss_sum, self.loss_count, self.eval_loss = state["progress"]
        self._batches = self._stream()
        alike = state["shares"] == self.engine.shares  # with `tp` all ranks draw the same
        if alike and len(state["rng"]) == self.engine.ranks:
            # The last, as any of the others might draw a number.
            set_rng_state(state["rng"][self.engine.rank])
        else:
            seed_everything(own_seed(self.config, self.engine.share, self.step))

    # --8<-- [start:stream]
    def _stream(self) -> Generator[tuple[Batch, int], None, None]:
        """Yield batches without end, with a 0 for one that stands in for none.

        The position counts those that were taken, not those that were prefetched.
        """
        while True:
            with closing(drain(self._loader(self.task.train_data, self.sampler))) as batches:
                for batch in batches:
                    rows = min(self.config.batch_size, len(self.sampler))
                    self.sampler.advance(rows)
                    yield batch, int(self.engine.share < rows)

    def _loader(self, data: Dataset[Any], sampler: Iterable[int]) -> DataLoader[Any]:
        # A generator of its own: a loader draws a seed from the global one each time it is iterated, and a resumed
        # run iterates once more than one that was never stopped.
        own = torch.Generator().manual_seed(self.config.seed + self.sampler.epoch)
        batches = BatchSampler(sampler, self.config.batch_size, drop_last=False)
        return DataLoader(
            data,
            batch_sampler=Dealt(batches, self.engine.share, self.engine.shares),
            collate_fn=self.task.collate,
            num_workers=self.config.num_workers,
            worker_init_fn=leave_signals_to_the_parent,
            generator=own,
        )

    # --8<-- [end:stream]

    def close(self) -> None:
        """End the processes that load data, if there are any."""
        self._batches.close()

    # --8<-- [start:train_step]
    def train_step(self) -> tuple[float, float]:
        """Do one optimizer step on `accumulate` micro-batches, or fewer while their number grows.

        Returns:
            The learning rate used and the norm of all gradients before clipping.

        Raises:
            FloatingPointError: the loss or the norm of the gradients is not finite.
            ValueError: there is nothing in the batches to predict.
        """
        self.model.train()
        batches = [next(self._batches) for _ in range(micro_batches(self.config, self.step))]
        count = round(self.engine.sum(sum(self.task.count(b) * real for b, real in batches)))
        if count == 0:
            raise ValueError(
                f"the batches of step {self.step + 1} have nothing to predict: count is 0"
            )
        self.optimizer.zero_grad(set_to_none=True)
        loss = 0.0
        for number, (batch, real) in enumerate(batches, start=1):
            with self.engine.without_exchange(last=number == len(batches)):
                total = self._loss(batch) * real
                mean = total * self.engine.shares / count  # ranks average what is to be a sum
                torch.autograd.backward(self.scaler.scale(mean))
            loss += float(total.detach())
        loss = self.engine.sum(loss)
        self._check("loss", loss)
        self.scaler.unscale_(self.optimizer)
        limit = self.config.clip_norm or math.inf
        norm = float(clip_gradients(list(self.model.parameters()), limit))
        self._check("gradient norm", norm)
        rate = self.optimizer.param_groups[0]["lr"]
        scale = self.scaler.get_scale()
        self.scaler.step(self.optimizer)
        self.scaler.update()
        if self.scaler.get_scale() >= scale:  # else gradients overflowed and no step was made
            self.scheduler.step()
        self.step += 1
        self.loss_sum, self.loss_count = self.loss_sum + loss, self.loss_count + count
        return rate, norm

    # --8<-- [end:train_step]

    def _loss(self, batch: Batch) -> torch.Tensor:
        precision = AUTOCAST[self.config.precision]
        enabled = precision != torch.float32
        with torch.autocast(self.device.type, precision if enabled else None, enabled=enabled):
            total: torch.Tensor = self.engine.module(to_device(batch, self.device))
            return total

    def _check(self, name: str, value: float) -> None:
        overflow_is_expected = self.scaler.is_enabled() and self.scaler.get_scale() >= 1
        if not math.isfinite(value) and not overflow_is_expected:
            raise FloatingPointError(
                f"the {name} of step {self.step + 1} is {value}: stopped before the weights were changed"
            )

    # --8<-- [start:evaluate]
    def evaluate(self) -> float | None:
        """Return the mean loss on the evaluation data, and leave no trace on the training.

        Returns:
            The mean, or `None` if the task has no evaluation data.
        """
        if self.task.eval_data is None:
            return None
        before = rng_state(cuda=self.device.type == "cuda")
        self.model.eval()
        items = range(size(self.task.eval_data, "eval_data"))
        total, count, left = 0.0, 0, len(items)
        with torch.no_grad(), closing(drain(self._loader(self.task.eval_data, items))) as batches:
            for batch in batches:
                real = self.engine.share < min(
                    left, self.config.batch_size
                )  # or it stands for none
                total += float(self._loss(batch)) * real
                count += self.task.count(batch) * real
                left -= self.config.batch_size
        set_rng_state(before)
        self.eval_loss = self.engine.sum(total) / self.engine.sum(count)
        return self.eval_loss

    # --8<-- [end:evaluate]


# --8<-- [start:ramp]
def micro_batches(config: TrainConfig, step: int) -> int:
    """Return how many micro-batches make the next step: from 1 up to `accumulate`.

    Args:
        config: its `accumulate` and `ramp_steps`.
        step: steps done.

    Examples:
        >>> config = TrainConfig(accumulate=4, ramp_steps=6)
        >>> [micro_batches(config, step) for step in range(8)]
        [1, 1, 2, 2, 3, 3, 4, 4]
    """
    if step >= config.ramp_steps:
        return config.accumulate
    return 1 + (config.accumulate - 1) * step // config.ramp_steps


# --8<-- [end:ramp]


def _device(config: TrainConfig) -> torch.device:
    name = config.device
    if name == "cuda" and config.parallel != "none":
        name = f"cuda:{os.environ.get('LOCAL_RANK', '0')}"
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise RunError(f"device must be cpu or cuda, got {name!r}") from error
    if device.type == "cuda" and not torch.cuda.is_available():
        raise RunError(f"device is {name!r}, but PyTorch sees no GPU here")
    return device


def make_optimizer(model: nn.Module, config: TrainConfig) -> torch.optim.Optimizer:
    """Return the update rule that the settings name, for the parameters of a model.

    Args:
        model: whose.
        config: the settings.

    Raises:
        RunError: nothing is to be trained.
    """
    require_trainable(model)
    named = weight_decay_groups(model, config.weight_decay)
    groups = [
        group for group in named if group["params"]
    ]  # PyTorch takes no empty one beside a named one
    if config.optimizer == "sgd":
        return torch.optim.SGD(groups, lr=config.learning_rate, momentum=config.momentum)
    return torch.optim.AdamW(groups, lr=config.learning_rate, betas=(config.momentum, 0.999))


def make_scheduler(optimizer: torch.optim.Optimizer, config: TrainConfig) -> Scheduler:
    """Return the learning rate's course that the settings name.

    Args:
        optimizer: whose rate it sets.
        config: the settings.
    """
    lowest = config.learning_rate * config.final_learning_rate
    if config.warmup_steps:
        return Scheduler(optimizer, warmup_cosine(config.warmup_steps, config.max_steps, lowest))
    return Scheduler(optimizer, cosine(config.max_steps, lowest))


def drain(loader: DataLoader[Any]) -> Generator[Batch, None, None]:
    """Yield the batches of a loader, and end its workers, also when an error ends the pass.

    The error's traceback keeps the loader's iterator alive, and with it the workers, which ignore SIGTERM.

    Args:
        loader: of PyTorch.

    Examples:
        >>> list(drain(DataLoader([1, 2], batch_size=2)))
        [tensor([1, 2])]
    """
    iterator = iter(loader)
    try:
        yield from iterator
    finally:
        end_workers = getattr(iterator, "_shutdown_workers", None)  # without workers there is none
        if end_workers is not None:
            end_workers()


def to_device(batch: Batch, device: torch.device) -> Batch:
    """Move the tensors of a batch, however it is nested.

    Args:
        batch: a tensor, or a dict, list or tuple of batches; anything else is left as it is.
        device: where to.

    Returns:
        The same structure.

    Examples:
        >>> to_device({"ids": torch.ones(2), "names": ["a", "b"]}, torch.device("meta"))
        {'ids': tensor(..., device='meta', size=(2,)), 'names': ['a', 'b']}
    """
    if isinstance(batch, torch.Tensor):
        return batch.to(device, non_blocking=True)
    if isinstance(batch, dict):
        return {name: to_device(part, device) for name, part in batch.items()}
    if isinstance(batch, tuple) and hasattr(batch, "_fields"):
        return type(batch)(*(to_device(part, device) for part in batch))
    if isinstance(batch, list | tuple):
        return type(batch)(to_device(part, device) for part in batch)
    return batch


def train(config: TrainConfig, make_task: Callable[[], Task] | None = None) -> Result:
    """Train, or go on training if the folder holds a checkpoint.

    The folder holds `checkpoints/`, the metrics file and, at the end, `weights.safetensors`. SIGTERM and Ctrl-C
    write a checkpoint and end the run after the step at hand. After any end, SIGKILL among them, the same call goes
    on, and its weights, optimizer state and metrics become bit for bit those of a run that was never stopped, on the
    same machine and versions.

    Args:
        config: the settings.
        make_task: makes the task, in place of the function that `config.task` names. It is called after the
            generators were seeded.

    Returns:
        How it ended.

    Raises:
        RunError: settings that do not fit the data, the machine, or what the folder holds.
        CheckpointError: every checkpoint in the folder is damaged.
        FloatingPointError: the loss is not finite any more.
        BlockingIOError: another process trains in the folder.
        OSError: the disk is full or refuses; what was saved before is still there.

    Examples:
        >>> import tempfile
        >>> points = torch.arange(8.0).reshape(8, 1)
        >>> def line():
        ...     data = torch.utils.data.TensorDataset(points, 2 * points)
        ...     loss = lambda model, batch: (model(batch[0]) - batch[1]).pow(2).sum()
        ...     return Task(nn.Linear(1, 1), data, None, loss)
        >>> config = TrainConfig(folder=tempfile.mkdtemp(), max_steps=3, batch_size=4)
        >>> train(config, line)
        step 3/3  loss ...  learning rate 3.25e-04  gradient norm ...
        Result(step=3, eval_loss=None, signal=None)
    """
    folder = Path(config.folder)
    folder.mkdir(parents=True, exist_ok=True)
    together = config.parallel != "none"
    with (
        process_group(config) as rank,
        only_one_run(folder, rank, together),
        StopSignal() as stop,
    ):
        return _begin(config, make_task, folder, stop)


def _begin(
    config: TrainConfig, make_task: Callable[[], Task] | None, folder: Path, stop: StopSignal
) -> Result:
    seed_everything(config.seed)
    task = make_task() if make_task else load_task(config.task, config.options)
    run = Run(task, config)
    if run.engine.ranks > 1:  # from here on ranks with other rows drop other places
        seed_everything(own_seed(config, run.engine.share, step=0))
    with closing(run):
        return _train(run, folder, stop)


def _train(run: Run, folder: Path, stop: StopSignal) -> Result:
    config, path = run.config, folder / f"metrics.{run.config.metrics}"
    if path.exists() and not (folder / "checkpoints").exists():
        raise RunError(
            f"{path} is there, but no checkpoints beside it: expected the folder of a run, or an empty one"
        )
    checkpoints = CheckpointFolder(folder / "checkpoints", config.keep)
    written = _resume(run, checkpoints)
    steps = run.engine.gather(run.step)  # and every rank has looked before rank 0 writes
    if len(set(steps)) > 1:
        raise RunError(
            f"the ranks found checkpoints of different steps: {steps}. Give all of them one folder, on a disk they share"
        )
    with (
        MetricsFile(path, config.metrics, COLUMNS, written)
        if run.engine.rank == 0
        else nullcontext() as metrics
    ):
        signal = _loop(run, checkpoints, metrics, stop)
    if run.step == config.max_steps:
        state = whole(run.model.state_dict())
        if run.engine.rank == 0:
            write_weights(state, folder / "weights.safetensors")
        return Result(run.step, run.eval_loss, signal=None)
    return Result(run.step, run.eval_loss, signal)


# --8<-- [start:loop]
def _loop(
    run: Run, checkpoints: CheckpointFolder, metrics: MetricsFile | None, stop: StopSignal
) -> int | None:
    config, saved, signal = run.config, run.step, run.engine.agreed(stop.number)
    quiet = None if config.progress and metrics else True
    with tqdm(total=config.max_steps, initial=run.step, disable=quiet) as bar:
        while run.step < config.max_steps and signal is None:
            rate, norm = run.train_step()
            last = run.step == config.max_steps
            if run.step % config.log_every == 0 or last:
                _log(run, metrics, learning_rate=rate, gradient_norm=norm)
            if last or (config.eval_every and run.step % config.eval_every == 0):
                _log_evaluation(run, metrics)
            if last or run.step % config.checkpoint_every == 0:
                _save(run, checkpoints, metrics)
                saved = run.step
            bar.update()
            signal = run.engine.agreed(stop.number)
    if run.step != saved:  # here and not inside: a signal may come at any line of the loop
        _save(run, checkpoints, metrics)
    return signal


def _save(run: Run, checkpoints: CheckpointFolder, metrics: MetricsFile | None) -> None:
    state = run.state_dict()  # on every rank, as it gathers
    if metrics is None:
        return
    # The rows first: a checkpoint must never speak of rows that the disk does not have.
    metrics_bytes = metrics.sync()
    here = environment(run.config.parallel, run.engine.ranks)
    settings = {"config": asdict(run.config), "environment": here}
    checkpoints.save(run.step, {**state, **settings, "metrics_bytes": metrics_bytes})


# --8<-- [end:loop]


# --8<-- [start:resume]
def _resume(run: Run, checkpoints: CheckpointFolder) -> int:
    """Load the newest whole checkpoint; return how much of the metrics file belongs to it."""
    latest = checkpoints.load_latest()
    if latest is None:
        return 0
    state = latest.state
    if different := run.config.differences(state["config"]):
        raise RunError(
            f"the run in {run.config.folder} has other settings: {'; '.join(different)}. "
            "Continue with its settings, or choose another folder"
        )
    run.load_state_dict(state)
    if run.engine.rank == 0:
        print(f"resumed at step {run.step} from {latest.path.name}")
        for name, value in environment(run.config.parallel, run.engine.ranks).items():
            before = state["environment"].get(name, value)
            if before != value:
                print(
                    f"note: {name} was {before}, now {value}: the last bits of the results may differ"
                )
    return int(state["metrics_bytes"])


# --8<-- [end:resume]


def _log(
    run: Run, metrics: MetricsFile | None, *, learning_rate: float, gradient_norm: float
) -> None:
    loss = run.loss_sum / run.loss_count
    run.loss_sum, run.loss_count = 0.0, 0
    if metrics is None:
        return
    row = {"loss": loss, "learning_rate": learning_rate, "gradient_norm": gradient_norm}
    metrics.write({"step": run.step, **row})
    tqdm.write(
        f"step {run.step}/{run.config.max_steps}  loss {loss:.4f}  "
        f"learning rate {learning_rate:.2e}  gradient norm {gradient_norm:.3f}"
    )


def _log_evaluation(run: Run, metrics: MetricsFile | None) -> None:
    loss = run.evaluate()
    if loss is not None and metrics is not None:
        metrics.write({"step": run.step, "eval_loss": loss})
        tqdm.write(f"step {run.step}/{run.config.max_steps}  evaluation loss {loss:.4f}")


def write_weights(state: dict[str, Any], path: Path) -> None:
    """Write the weights alone, for others to load, whole or not at all; tied ones once."""
    tensors: dict[str, torch.Tensor] = {}
    names: dict[tuple[object, ...], str] = {}
    tied: dict[str, str] = {}
    for name, value in state.items():
        if not isinstance(value, torch.Tensor):
            continue  # extra state: the checkpoint has it
        place = (value.device, value.data_ptr(), value.shape, value.stride())
        if value.numel() and place in names:
            tied[name] = names[place]
        else:
            names[place] = name
            tensors[name] = value.cpu().contiguous()
    save_safetensors(tensors, path, tied)
