"""Scaling laws: a language with a known floor, runs on it, operations counted, fits, a planner."""

from reference_impl.scaling_laws.batches import critical_batch, gradient_norms, noise_scale
from reference_impl.scaling_laws.fitting import (
    ParametricLoss,
    PowerLaw,
    bootstrap,
    fit_parametric,
    fit_power_law,
    isoflop_minimum,
)
from reference_impl.scaling_laws.flops import (
    forward_flops,
    matrix_parameters,
    measured_flops,
    training_flops,
)
from reference_impl.scaling_laws.mup import MuGPT, mup_groups
from reference_impl.scaling_laws.planner import (
    HOFFMANN,
    REFITTED,
    Plan,
    kaplan_loss,
    plan,
    shape_for,
)
from reference_impl.scaling_laws.recorded_runs import Grid, load_grid, recorded
from reference_impl.scaling_laws.runs import excess_loss, small_gpt, train_run
from reference_impl.scaling_laws.source import Language

__all__ = [
    "HOFFMANN",
    "REFITTED",
    "Grid",
    "Language",
    "MuGPT",
    "ParametricLoss",
    "Plan",
    "PowerLaw",
    "bootstrap",
    "critical_batch",
    "excess_loss",
    "fit_parametric",
    "fit_power_law",
    "forward_flops",
    "gradient_norms",
    "isoflop_minimum",
    "kaplan_loss",
    "load_grid",
    "matrix_parameters",
    "measured_flops",
    "mup_groups",
    "noise_scale",
    "plan",
    "recorded",
    "shape_for",
    "small_gpt",
    "train_run",
    "training_flops",
]
