"""From items to batches: samplers, a loader with workers, long inputs, padding, and a token file.

Samplers say which items come next; the loader fetches and collates them, in worker processes if
asked. Orders, seeds and batches are those of `torch.utils.data`, apart from what the reference page lists.
"""

from reference_impl.data.buckets import (
    BucketBatchSampler,
    padded_fraction,
    token_budget_batches,
)
from reference_impl.data.collate import default_collate, default_convert
from reference_impl.data.loader import DataLoader
from reference_impl.data.packing import (
    Block,
    best_fit_decreasing,
    cumulative_lengths,
    document_mask,
    next_token_targets,
    pack_and_chop,
    pack_whole,
    utilisation,
)
from reference_impl.data.padding import Padded, pad_batch
from reference_impl.data.samplers import (
    BatchSampler,
    DistributedSampler,
    RandomSampler,
    ResumableSampler,
    SequentialSampler,
)
from reference_impl.data.token_file import (
    TokenFile,
    TokenFileError,
    TokenFileWriter,
    write_token_file,
)
from reference_impl.data.windowing import Windows, window_spans, windows
from reference_impl.data.workers import WorkerInfo, get_worker_info

__all__ = [
    "BatchSampler",
    "Block",
    "BucketBatchSampler",
    "DataLoader",
    "DistributedSampler",
    "Padded",
    "RandomSampler",
    "ResumableSampler",
    "SequentialSampler",
    "TokenFile",
    "TokenFileError",
    "TokenFileWriter",
    "Windows",
    "WorkerInfo",
    "best_fit_decreasing",
    "cumulative_lengths",
    "default_collate",
    "default_convert",
    "document_mask",
    "get_worker_info",
    "next_token_targets",
    "pack_and_chop",
    "pack_whole",
    "pad_batch",
    "padded_fraction",
    "token_budget_batches",
    "utilisation",
    "window_spans",
    "windows",
    "write_token_file",
]
