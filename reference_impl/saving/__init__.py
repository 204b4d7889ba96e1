"""What is saved, in which file, and how it is read back."""

from reference_impl.saving.checkpoints import (
    Checkpoint,
    CheckpointError,
    CheckpointFolder,
    load_checkpoint,
    replace_file,
    save_checkpoint,
    verify_checkpoint,
)
from reference_impl.saving.exporting import check_onnx, export_onnx
from reference_impl.saving.formats import (
    SafetensorsFile,
    TensorEntry,
    ZipEntry,
    load_safetensors,
    pickle_globals,
    safetensors_bytes,
    save_safetensors,
    zip_entries,
)
from reference_impl.saving.loading import LoadReport, load_matching
from reference_impl.saving.random_state import rng_state, set_rng_state
from reference_impl.saving.sharding import ShardedCheckpoint, save_sharded, split_by_bytes

__all__ = [
    "Checkpoint",
    "CheckpointError",
    "CheckpointFolder",
    "LoadReport",
    "SafetensorsFile",
    "ShardedCheckpoint",
    "TensorEntry",
    "ZipEntry",
    "check_onnx",
    "export_onnx",
    "load_checkpoint",
    "load_matching",
    "load_safetensors",
    "pickle_globals",
    "replace_file",
    "rng_state",
    "safetensors_bytes",
    "save_checkpoint",
    "save_safetensors",
    "save_sharded",
    "set_rng_state",
    "split_by_bytes",
    "verify_checkpoint",
    "zip_entries",
]
