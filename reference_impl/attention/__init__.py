"""Attention, from the formula to tiles."""

from reference_impl.attention.live_bytes import LiveBytes
from reference_impl.attention.tiled import online_softmax, tiled_attention

__all__ = ["LiveBytes", "online_softmax", "tiled_attention"]
