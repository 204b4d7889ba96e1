"""Mixed precision from scratch: autocast, loss scaling, and float32 copies of 16-bit weights."""

from reference_impl.mixed_precision.casting import autocast
from reference_impl.mixed_precision.grad_scaler import GradScaler, unscale_in_place
from reference_impl.mixed_precision.master_weights import (
    LevelTask,
    MasterWeights,
    Recipe,
    matmul_in,
    train_level,
)
from reference_impl.mixed_precision.probes import (
    Casts,
    autocast_kernels,
    autocast_ops,
    probe,
    probe_all,
)

__all__ = [
    "Casts",
    "GradScaler",
    "LevelTask",
    "MasterWeights",
    "Recipe",
    "autocast",
    "autocast_kernels",
    "autocast_ops",
    "matmul_in",
    "probe",
    "probe_all",
    "train_level",
    "unscale_in_place",
]
