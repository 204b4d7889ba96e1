"""Where the memory of a training step goes: counted while it runs, and computed before.

`SavedBytes` counts what autograd keeps. The functions ending in `_activations` compute the same from a config.
`recompute` keeps less and runs again; `plan_segments` says which blocks should.
`CachingAllocator` hands out memory as PyTorch does on a GPU; `read_snapshot` and `profile_snapshot` read what really happened.
"""

from reference_impl.memory.activations import SavedBytes, SavedStorage
from reference_impl.memory.caching_allocator import CachingAllocator, block_size, segment_size
from reference_impl.memory.estimate import (
    OPTIMIZERS,
    MemoryParts,
    Parallel,
    estimate_memory,
    model_states,
)
from reference_impl.memory.expandable_segments import ExpandableAllocator
from reference_impl.memory.models import (
    bert_activations,
    gpt_activations,
    is_chunked,
    t5_activations,
)
from reference_impl.memory.offload import Offload
from reference_impl.memory.offloaded_optimizer import OffloadedOptimizer
from reference_impl.memory.peak import KERNELS, LOOPS, PeakEstimate, estimate_peak
from reference_impl.memory.profiles import profile_snapshot
from reference_impl.memory.recomputing import CPU_ATTENTION_FLOPS, RecomputeError, recompute
from reference_impl.memory.recorded import allocator_of, recorded_memory
from reference_impl.memory.recording import (
    random_calls,
    run_calls,
)
from reference_impl.memory.segments import Plan, Segment, chain_peak, plan_segments
from reference_impl.memory.selective import (
    KEPT_OPS,
    checked_policy,
    keep_contexts,
)
from reference_impl.memory.simulated import SimulatedMemory, SimulatedStep, Storage
from reference_impl.memory.snapshot import (
    Replay,
    Snapshot,
    SnapshotEvent,
    SnapshotSegment,
    read_snapshot,
    replay,
)
from reference_impl.memory.tensor_leaks import Leak, TensorLeaks
from reference_impl.memory.terms import PRECISIONS, Ledger, Term
from reference_impl.memory.timeline import PARTS, MemoryTimeline, Moment, record_steps

__all__ = [
    "CPU_ATTENTION_FLOPS",
    "KEPT_OPS",
    "KERNELS",
    "LOOPS",
    "OPTIMIZERS",
    "PARTS",
    "PRECISIONS",
    "CachingAllocator",
    "ExpandableAllocator",
    "Leak",
    "Ledger",
    "MemoryParts",
    "MemoryTimeline",
    "Moment",
    "Offload",
    "OffloadedOptimizer",
    "Parallel",
    "PeakEstimate",
    "Plan",
    "RecomputeError",
    "Replay",
    "SavedBytes",
    "SavedStorage",
    "Segment",
    "SimulatedMemory",
    "SimulatedStep",
    "Snapshot",
    "SnapshotEvent",
    "SnapshotSegment",
    "Storage",
    "TensorLeaks",
    "Term",
    "allocator_of",
    "bert_activations",
    "block_size",
    "chain_peak",
    "checked_policy",
    "estimate_memory",
    "estimate_peak",
    "gpt_activations",
    "is_chunked",
    "keep_contexts",
    "model_states",
    "plan_segments",
    "profile_snapshot",
    "random_calls",
    "read_snapshot",
    "recompute",
    "record_steps",
    "recorded_memory",
    "replay",
    "run_calls",
    "segment_size",
    "t5_activations",
]
