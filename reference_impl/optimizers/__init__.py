"""Optimizers, averages, clipping and learning-rate schedules, with PyTorch's results.

The optimizers take the steps of `torch.optim` and exchange state dicts with it. The schedules are
plain functions of the step.
"""

from reference_impl.optimizers.adaptive import Adagrad, Adam, AdamW, RMSprop
from reference_impl.optimizers.averages import (
    AveragedWeights,
    ExponentialMovingAverage,
    decay_for,
    half_life,
)
from reference_impl.optimizers.clipping import clip_grad_norm_, clip_grad_value_
from reference_impl.optimizers.groups import weight_decay_groups
from reference_impl.optimizers.muon import Muon, orthogonalize
from reference_impl.optimizers.optimizer import Optimizer
from reference_impl.optimizers.schedules import (
    Scheduler,
    chained,
    constant,
    cosine,
    exponential,
    linear,
    multi_step_decay,
    one_cycle,
    polynomial,
    sequential,
    step_decay,
    triangular,
    warm_restarts,
    warmup_cosine,
    warmup_stable_decay,
)
from reference_impl.optimizers.sgd import SGD

__all__ = [
    "SGD",
    "Adagrad",
    "Adam",
    "AdamW",
    "AveragedWeights",
    "ExponentialMovingAverage",
    "Muon",
    "Optimizer",
    "RMSprop",
    "Scheduler",
    "chained",
    "clip_grad_norm_",
    "clip_grad_value_",
    "constant",
    "cosine",
    "decay_for",
    "exponential",
    "half_life",
    "linear",
    "multi_step_decay",
    "one_cycle",
    "orthogonalize",
    "polynomial",
    "sequential",
    "step_decay",
    "triangular",
    "warm_restarts",
    "warmup_cosine",
    "warmup_stable_decay",
    "weight_decay_groups",
]
