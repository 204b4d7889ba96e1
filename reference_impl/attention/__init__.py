"""Attention, from the formula to tiles."""

from reference_impl.attention.cache import (
    ConcatenatedCache,
    KVCache,
    PreallocatedCache,
    cache_bytes,
    crossover_length,
    weight_bytes,
)
from reference_impl.attention.cached_decoder import CachedDecoder, DecoderConfig
from reference_impl.attention.core import (
    MultiHeadAttention,
    attention_weights,
    scaled_dot_product,
)
from reference_impl.attention.live_bytes import LiveBytes
from reference_impl.attention.masks import (
    causal_mask,
    combine,
    padding_mask,
    prefix_mask,
    sliding_window_mask,
    to_additive,
)
from reference_impl.attention.paged_cache import PagedCache, PagePool
from reference_impl.attention.quantised_cache import QuantisedCache, dequantise, quantise
from reference_impl.attention.tiled import online_softmax, tiled_attention

__all__ = [
    "CachedDecoder",
    "ConcatenatedCache",
    "DecoderConfig",
    "KVCache",
    "LiveBytes",
    "MultiHeadAttention",
    "PagePool",
    "PagedCache",
    "PreallocatedCache",
    "QuantisedCache",
    "attention_weights",
    "cache_bytes",
    "causal_mask",
    "combine",
    "crossover_length",
    "dequantise",
    "online_softmax",
    "padding_mask",
    "prefix_mask",
    "quantise",
    "scaled_dot_product",
    "sliding_window_mask",
    "tiled_attention",
    "to_additive",
    "weight_bytes",
]
