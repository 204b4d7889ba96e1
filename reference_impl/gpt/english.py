"""A task for the training program: a small GPT on the English that comes with Python, in tokens of our own BPE."""

from functools import lru_cache
from pydoc_data.topics import topics

import torch
from jaxtyping import Int
from torch import Tensor, nn

from reference_impl.gpt.config import GPTConfig
from reference_impl.gpt.model import GPT
from reference_impl.gpt.tensor_parallel import cut_over_ranks
from reference_impl.tokenizers import BytePairEncoding, train_bpe
from reference_impl.train import Task
from reference_impl.train.characters import Chunks

__all__ = ["english", "task"]


@lru_cache
def english(vocab: int = 512, max_characters: int = 500_000) -> tuple[BytePairEncoding, Tensor]:
    """Return a tokenizer trained on Python's help texts, and the ids of those texts.

    Args:
        vocab: tokens, the 256 bytes among them.
        max_characters: how much of the text to use.

    Examples:
        >>> tokenizer, ids = english(vocab=300, max_characters=2000)
        >>> tokenizer.decode(ids[:40].tolist())[:12]
        'The "assert"'
        >>> len(ids) < 2000
        True
    """
    text = "\n".join(topics[name] for name in sorted(topics))[:max_characters]
    tokenizer = train_bpe([text], vocab).tokenizer()
    return tokenizer, torch.tensor(tokenizer.encode(text).ids)


def _loss(model: nn.Module, chunks: Int[Tensor, "batch length"]) -> Tensor:
    if not isinstance(model, GPT):
        raise TypeError(f"expected a GPT, got {type(model).__name__}")
    return model.loss(chunks[:, :-1], chunks[:, 1:], reduction="sum")


def _count(chunks: Int[Tensor, "batch length"]) -> int:
    return chunks[:, 1:].numel()


# --8<-- [start:english_task]
def task(
    context: int = 64,
    vocab: int = 512,
    dim: int = 96,
    layers: int = 3,
    heads: int = 4,
    max_characters: int = 500_000,
) -> Task:
    """Return the task of predicting the next token of Python's help texts with a GPT-2 in small.

    Args:
        context: tokens that the model sees at once.
        vocab: tokens of the tokenizer.
        dim: width of the model.
        layers: its blocks.
        heads: heads of each attention.
        max_characters: how much of the text to use; the last tenth is for evaluation.

    Returns:
        The task. Its loss is in nats a token.

    Examples:
        >>> t = task(vocab=300, dim=8, layers=1, max_characters=5000)
        >>> len(t.train_data) > len(t.eval_data) > 1
        True
    """
    _, ids = english(vocab, max_characters)
    cut = len(ids) * 9 // 10
    config = GPTConfig.gpt2(
        vocab=vocab, context=context, dim=dim, layers=layers, heads=heads, dropout=0.0
    )
    return Task(
        model=GPT(config),
        train_data=Chunks(ids[:cut], context),
        eval_data=Chunks(ids[cut:], context),
        loss=_loss,
        count=_count,
        blocks=lambda model: model.blocks,
        tensor_parallel=cut_over_ranks,
    )


# --8<-- [end:english_task]
