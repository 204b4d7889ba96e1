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
from reference_impl.attention.decoding import (
    Hypothesis,
    beam_search,
    generate,
    greedy,
    sample,
    temperature,
    top_k,
    top_p,
)
from reference_impl.attention.few_rows import few_rows_linear
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
from reference_impl.attention.transformer import (
    DecoderLayer,
    EncoderLayer,
    Transformer,
    TransformerConfig,
    label_smoothed_loss,
    sinusoidal_positions,
    warmup_rate,
)

__all__ = [
    "CachedDecoder",
    "ConcatenatedCache",
    "DecoderConfig",
    "DecoderLayer",
    "EncoderLayer",
    "Hypothesis",
    "KVCache",
    "LiveBytes",
    "MultiHeadAttention",
    "PagePool",
    "PagedCache",
    "PreallocatedCache",
    "QuantisedCache",
    "Transformer",
    "TransformerConfig",
    "attention_weights",
    "beam_search",
    "cache_bytes",
    "causal_mask",
    "combine",
    "crossover_length",
    "dequantise",
    "few_rows_linear",
    "generate",
    "greedy",
    "label_smoothed_loss",
    "online_softmax",
    "padding_mask",
    "prefix_mask",
    "quantise",
    "sample",
    "scaled_dot_product",
    "sinusoidal_positions",
    "sliding_window_mask",
    "temperature",
    "tiled_attention",
    "to_additive",
    "top_k",
    "top_p",
    "warmup_rate",
    "weight_bytes",
]
