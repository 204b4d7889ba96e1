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
from reference_impl.memory.models import (
    bert_activations,
    gpt_activations,
    is_chunked,
    t5_activations,
)
from reference_impl.memory.peak import KERNELS, LOOPS, PeakEstimate, estimate_peak
from reference_impl.memory.simulated import SimulatedMemory, SimulatedStep, Storage
from reference_impl.memory.terms import PRECISIONS, Ledger, Term
from reference_impl.memory.timeline import PARTS, MemoryTimeline, Moment, record_steps

__all__ = [
    "KERNELS",
    "LOOPS",
    "OPTIMIZERS",
    "PARTS",
    "PRECISIONS",
    "Ledger",
    "MemoryParts",
    "MemoryTimeline",
    "Moment",
    "Parallel",
    "PeakEstimate",
    "SavedBytes",
    "SavedStorage",
    "SimulatedMemory",
    "SimulatedStep",
    "Storage",
    "Term",
    "bert_activations",
    "estimate_memory",
    "estimate_peak",
    "gpt_activations",
    "is_chunked",
    "model_states",
    "record_steps",
    "t5_activations",
]
