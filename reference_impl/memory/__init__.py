"""Where the memory of a training step goes: counted while it runs, and computed before.

`SavedBytes` counts what autograd keeps. The functions ending in `_activations` compute the same from a config.
`recompute` keeps less and runs again; `plan_segments` says which blocks should.
"""

from reference_impl.memory.activations import SavedBytes, SavedStorage
from reference_impl.memory.estimate import (
    OPTIMIZERS,
    MemoryParts,
    Parallel,
    estimate_memory,
    model_states,
)
from reference_impl.memory.models import bert_activations, gpt_activations, t5_activations
from reference_impl.memory.offload import Offload
from reference_impl.memory.offloaded_optimizer import OffloadedOptimizer
from reference_impl.memory.recomputing import CPU_ATTENTION_FLOPS, RecomputeError, recompute
from reference_impl.memory.segments import Plan, Segment, chain_peak, plan_segments
from reference_impl.memory.selective import (
    KEPT_OPS,
    Contexts,
    Policy,
    checked_policy,
    keep_contexts,
)
from reference_impl.memory.terms import PRECISIONS, Ledger, Term

__all__ = [
    "CPU_ATTENTION_FLOPS",
    "KEPT_OPS",
    "OPTIMIZERS",
    "PRECISIONS",
    "Contexts",
    "Ledger",
    "MemoryParts",
    "Offload",
    "OffloadedOptimizer",
    "Parallel",
    "Plan",
    "Policy",
    "RecomputeError",
    "SavedBytes",
    "SavedStorage",
    "Segment",
    "Term",
    "bert_activations",
    "chain_peak",
    "checked_policy",
    "estimate_memory",
    "gpt_activations",
    "keep_contexts",
    "model_states",
    "plan_segments",
    "recompute",
    "t5_activations",
]
