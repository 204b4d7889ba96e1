"""Ways to tell attention where its tokens stand, behind one interface."""

from reference_impl.position_embeddings.base import PositionScheme
from reference_impl.position_embeddings.rotary import (
    Rotary,
    angles,
    convert_weights,
    rotate_complex,
    rotate_half_split,
    rotate_interleaved,
)
from reference_impl.position_embeddings.rotary_scaling import (
    DynamicNTKScaling,
    LinearScaling,
    Llama3Scaling,
    NTKScaling,
    RotaryScaling,
    YaRNScaling,
    frequencies,
)

__all__ = [
    "DynamicNTKScaling",
    "LinearScaling",
    "Llama3Scaling",
    "NTKScaling",
    "PositionScheme",
    "Rotary",
    "RotaryScaling",
    "YaRNScaling",
    "angles",
    "convert_weights",
    "frequencies",
    "rotate_complex",
    "rotate_half_split",
    "rotate_interleaved",
]
