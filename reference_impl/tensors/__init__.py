"""Storage, shape, stride and offset: a strided tensor in plain Python.

`StridedTensor` is the tensor, `Strided` what it knows about itself, and the functions are the
rules it applies, on plain tuples. All agree with PyTorch on every stride, offset, alias and error
that the tests compare.
"""

from reference_impl.tensors.geometry import (
    contiguous_strides,
    dense_strides,
    expand_geometry,
    infer_shape,
    is_contiguous,
    is_dense,
    memory_chunks,
    positions,
    view_strides,
)
from reference_impl.tensors.layout import Strided
from reference_impl.tensors.strided import StridedTensor

__all__ = [
    "Strided",
    "StridedTensor",
    "contiguous_strides",
    "dense_strides",
    "expand_geometry",
    "infer_shape",
    "is_contiguous",
    "is_dense",
    "memory_chunks",
    "positions",
    "view_strides",
]
