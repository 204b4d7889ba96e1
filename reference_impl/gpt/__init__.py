"""GPT-1, GPT-2 and GPT-3 as one model with three configs."""

from reference_impl.gpt.banded import banded_attention
from reference_impl.gpt.compiled_step import CompiledStep
from reference_impl.gpt.config import GPTConfig
from reference_impl.gpt.decode_step import DecodeStep
from reference_impl.gpt.episodes import (
    Episodes,
    best_accuracy,
    shot_accuracy,
    train_on_episodes,
)
from reference_impl.gpt.family import count_parameters, score_count
from reference_impl.gpt.generation import CachedLogits, generate
from reference_impl.gpt.hugging_face import (
    config_from_hugging_face,
    from_hugging_face,
    to_hugging_face,
)
from reference_impl.gpt.model import GPT, Attention, Block, FeedForward

__all__ = [
    "GPT",
    "Attention",
    "Block",
    "CachedLogits",
    "CompiledStep",
    "DecodeStep",
    "Episodes",
    "FeedForward",
    "GPTConfig",
    "banded_attention",
    "best_accuracy",
    "config_from_hugging_face",
    "count_parameters",
    "from_hugging_face",
    "generate",
    "score_count",
    "shot_accuracy",
    "to_hugging_face",
    "train_on_episodes",
]
