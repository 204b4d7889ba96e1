"""The settings of a training run, from a file and from flags."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Option = bool | int | float | str

# May differ between a run and its continuation: the weights do not depend on them.
# `parallel` changes their last bits at most, as another machine does.
FREE = frozenset(
    {"folder", "checkpoint_every", "keep", "log_every", "num_workers", "progress", "parallel"}
)


class RunError(ValueError):
    """The settings fit neither the machine, nor the data, nor what the folder holds.

    Examples:
        >>> issubclass(RunError, ValueError)
        True
    """


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """Settings of a training run.

    Attributes:
        task: what to train, as `module:function`; the function returns a `Task`. Empty where `train` is given one.
        options: keyword arguments for that function.
        folder: where checkpoints, metrics and weights go.
        max_steps: optimizer steps in all.
        batch_size: items in a micro-batch, of all ranks together.
        accumulate: micro-batches whose gradients make one step.
        ramp_steps: steps over which their number grows from 1 to `accumulate`, in a straight line.
        optimizer: which update rule.
        learning_rate: the highest learning rate.
        warmup_steps: steps over which the learning rate rises linearly to it.
        final_learning_rate: what it falls to along a cosine, as a fraction of the highest.
        weight_decay: decay of matrices; biases and gains of norms have none.
        momentum: of SGD, and the first beta of AdamW.
        clip_norm: the largest norm of all gradients together; 0 for no limit.
        precision: what the forward pass computes in; fp16 brings loss scaling.
        device: `cpu`, `cuda`, or `cuda:1` and so on; with several ranks `cuda` is each rank's own.
        parallel: how the ranks that `torchrun` starts share the work. `ddp`: the rows. `fsdp`: the rows, and each rank
            keeps a piece of the weights. `tp`: the matrices, as the task cuts them.
        seed: of the weights, the dropout and the order of the data, from 0 to 2**32 - 1.
        eval_every: steps between evaluations; 0 for one at the end.
        checkpoint_every: steps between checkpoints; one is written at the end too.
        keep: how many checkpoints stay.
        log_every: steps between log lines and rows of the metrics file.
        metrics: format of the metrics file: JSON lines or CSV.
        num_workers: processes that load data; 0 loads in the main one.
        progress: whether to draw a progress bar.

    Raises:
        ValueError: a number is out of its range.

    Examples:
        >>> TrainConfig(max_steps=100).learning_rate
        0.001
        >>> TrainConfig(max_steps=0)
        Traceback (most recent call last):
            ...
        ValueError: max_steps must be at least 1, got 0
    """

    task: str = ""
    options: Mapping[str, Option] = field(default_factory=dict)
    folder: str = "run"
    max_steps: int = 1000
    batch_size: int = 32
    accumulate: int = 1
    ramp_steps: int = 0
    optimizer: Literal["adamw", "sgd"] = "adamw"
    learning_rate: float = 1e-3
    warmup_steps: int = 0
    final_learning_rate: float = 0.1
    weight_decay: float = 0.1
    momentum: float = 0.9
    clip_norm: float = 1.0
    precision: Literal["fp32", "bf16", "fp16"] = "fp32"
    device: str = "cpu"
    parallel: Literal["none", "ddp", "fsdp", "tp"] = "none"
    seed: int = 0
    eval_every: int = 0
    checkpoint_every: int = 100
    keep: int = 3
    log_every: int = 10
    metrics: Literal["jsonl", "csv"] = "jsonl"
    num_workers: int = 0
    progress: bool = True

    def __post_init__(self) -> None:
        if self.task and not all(self.task.partition(":")):
            raise ValueError(f"task must be module:function, got {self.task!r}")
        least = {
            "max_steps": 1, "batch_size": 1, "accumulate": 1, "checkpoint_every": 1, "keep": 1, "log_every": 1,
            "warmup_steps": 0, "ramp_steps": 0, "weight_decay": 0, "clip_norm": 0, "eval_every": 0, "num_workers": 0, "seed": 0,
        }  # fmt: skip  # a list reads as a list
        for name, low in least.items():
            if not getattr(self, name) >= low:  # so that NaN is refused too
                raise ValueError(f"{name} must be at least {low}, got {getattr(self, name)}")
        if self.seed >= 2**32:
            raise ValueError(f"seed must be less than 2**32, got {self.seed}")
        if not 0 < self.learning_rate < float("inf"):
            raise ValueError(f"learning_rate must be above 0, got {self.learning_rate}")
        if self.warmup_steps >= self.max_steps:
            raise ValueError(
                f"warmup_steps must be less than max_steps={self.max_steps}, got {self.warmup_steps}"
            )
        for name in ("momentum", "final_learning_rate"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} must be from 0 to 1, got {getattr(self, name)}")

    def differences(self, other: Mapping[str, Any]) -> list[str]:
        """Compare with the settings in a checkpoint, as far as the result depends on them.

        Args:
            other: what `asdict` of a `TrainConfig` gave.

        Returns:
            One line for each setting that differs: its name, the value there, the value here.
        """
        mine = asdict(self)
        names = sorted((mine.keys() | other.keys()) - FREE)
        return [
            f"{name} was {other.get(name)!r}, now {mine.get(name)!r}"
            for name in names
            if other.get(name) != mine.get(name)
        ]
