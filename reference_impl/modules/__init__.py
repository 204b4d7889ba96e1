"""`Module` as in `torch.nn`: registration, traversal, hooks, state dicts, moves; and a few layers.

Tensors and parameters are PyTorch's; `torch.nn.Module` is not used.
"""

from reference_impl.modules.containers import ModuleDict, ModuleList, Sequential
from reference_impl.modules.hooks import RemovableHandle
from reference_impl.modules.layers import Dropout, Embedding, Linear
from reference_impl.modules.module import Module
from reference_impl.modules.norms import BatchNorm1d, BatchNorm2d, LayerNorm, RMSNorm
from reference_impl.modules.state import IncompatibleKeys

__all__ = [
    "BatchNorm1d",
    "BatchNorm2d",
    "Dropout",
    "Embedding",
    "IncompatibleKeys",
    "LayerNorm",
    "Linear",
    "Module",
    "ModuleDict",
    "ModuleList",
    "RMSNorm",
    "RemovableHandle",
    "Sequential",
]
