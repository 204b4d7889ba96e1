"""T5: one encoder-decoder for every task of text to text, in versions 1.0 and 1.1."""

from reference_impl.t5.config import T5Config
from reference_impl.t5.generation import DecoderCache, beam_search
from reference_impl.t5.layers import DecoderLayer, EncoderLayer
from reference_impl.t5.model import T5, shift_right
from reference_impl.t5.numbers import Pair, date_in_words, number_in_words, number_pairs
from reference_impl.t5.span_corruption import (
    corrupt_spans,
    raw_length,
    restore_spans,
    span_lengths,
    span_mask,
    to_sentinels,
)
from reference_impl.t5.training import (
    TextPairs,
    collate,
    exact_matches,
    number_task,
    number_tokenizer,
    text_to_text_loss,
)
from reference_impl.t5.weights import load_hugging_face, to_hugging_face

__all__ = [
    "T5",
    "DecoderCache",
    "DecoderLayer",
    "EncoderLayer",
    "Pair",
    "T5Config",
    "TextPairs",
    "beam_search",
    "collate",
    "corrupt_spans",
    "date_in_words",
    "exact_matches",
    "load_hugging_face",
    "number_in_words",
    "number_pairs",
    "number_task",
    "number_tokenizer",
    "raw_length",
    "restore_spans",
    "shift_right",
    "span_lengths",
    "span_mask",
    "text_to_text_loss",
    "to_hugging_face",
    "to_sentinels",
]
