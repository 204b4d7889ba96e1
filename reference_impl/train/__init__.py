"""A small, plain training program that goes on exactly where it was stopped."""

from reference_impl.train.config import RunError, TrainConfig
from reference_impl.train.loop import Result, train
from reference_impl.train.metrics import MetricsFile
from reference_impl.train.task import Task

__all__ = ["MetricsFile", "Result", "RunError", "Task", "TrainConfig", "train"]
