"""Where the memory of a training step goes: counted while it runs, and computed before.

`SavedBytes` counts what autograd keeps. The functions ending in `_activations` compute the same from a config.
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
from reference_impl.memory.models import bert_activations, gpt_activations, t5_activations
from reference_impl.memory.profiles import profile_snapshot
from reference_impl.memory.recorded import allocator_of, recorded_memory
from reference_impl.memory.recording import (
    Call,
    CallRun,
    memory_levels,
    random_calls,
    record_training,
    run_calls,
)
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

__all__ = [
    "OPTIMIZERS",
    "PRECISIONS",
    "CachingAllocator",
    "Call",
    "CallRun",
    "ExpandableAllocator",
    "Leak",
    "Ledger",
    "MemoryParts",
    "Parallel",
    "Replay",
    "SavedBytes",
    "SavedStorage",
    "Snapshot",
    "SnapshotEvent",
    "SnapshotSegment",
    "TensorLeaks",
    "Term",
    "allocator_of",
    "bert_activations",
    "block_size",
    "estimate_memory",
    "gpt_activations",
    "memory_levels",
    "model_states",
    "profile_snapshot",
    "random_calls",
    "read_snapshot",
    "record_training",
    "recorded_memory",
    "replay",
    "run_calls",
    "segment_size",
    "t5_activations",
]
