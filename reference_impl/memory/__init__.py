"""Where the memory of a training step goes: counted while it runs, and computed before.

`SavedBytes` counts what autograd keeps. The functions ending in `_activations` compute the same from a config.
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
from reference_impl.memory.terms import PRECISIONS, Ledger, Term

__all__ = [
    "OPTIMIZERS",
    "PRECISIONS",
    "Ledger",
    "MemoryParts",
    "Offload",
    "OffloadedOptimizer",
    "Parallel",
    "SavedBytes",
    "SavedStorage",
    "Term",
    "bert_activations",
    "estimate_memory",
    "gpt_activations",
    "model_states",
    "t5_activations",
]
