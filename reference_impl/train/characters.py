"""A task to train on offline: predict the next byte of the English that comes with Python."""

from pydoc_data.topics import topics

import torch
from jaxtyping import Float, Integer
from torch import Tensor, nn
from torch.utils.data import Dataset

from reference_impl.train.task import Task


class Chunks(Dataset[Tensor]):
    """A text as chunks of bytes, each one byte longer than the context: inputs, and targets one further.

    Args:
        text: the bytes, shape (bytes,).
        context: how many bytes the model sees.

    Raises:
        ValueError: the text is shorter than one chunk.

    Examples:
        >>> chunks = Chunks(torch.arange(10), context=4)
        >>> len(chunks), chunks[1]
        (2, tensor([4, 5, 6, 7, 8]))
    """

    def __init__(self, text: Integer[Tensor, " bytes"], context: int) -> None:
        if len(text) <= context:
            raise ValueError(
                f"expected a text longer than the context of {context}, got {len(text)} bytes"
            )
        self.text = text
        self.context = context

    def __len__(self) -> int:
        return (len(self.text) - 1) // self.context

    def __getitem__(self, index: int) -> Integer[Tensor, " context_plus_1"]:
        start = index * self.context
        return self.text[start : start + self.context + 1].long()


class NextByte(nn.Module):
    """A recurrent net that predicts each next byte.

    Args:
        width: of the embedding and the hidden state.
        dropout: probability, between the recurrent layer and the output.

    Examples:
        >>> NextByte(width=8, dropout=0.0)(torch.zeros(2, 5, dtype=torch.long)).shape
        torch.Size([2, 5, 256])
    """

    def __init__(self, width: int, dropout: float) -> None:
        super().__init__()
        self.embedding = nn.Embedding(256, width)
        self.recurrent = nn.GRU(width, width, batch_first=True)
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(width, 256)

    def forward(self, ids: Integer[Tensor, "batch time"]) -> Float[Tensor, "batch time 256"]:
        """Return the logits of the next byte at each place."""
        hidden, _ = self.recurrent(self.embedding(ids))
        logits: Tensor = self.output(self.dropout(hidden))
        return logits


def next_byte_loss(model: nn.Module, chunks: Integer[Tensor, "batch length"]) -> Float[Tensor, ""]:
    """Return the cross-entropy, in nats, summed over all predicted bytes.

    Args:
        model: maps ids of shape (batch, time) to logits of shape (batch, time, 256).
        chunks: inputs, and in the last place the last target.
    """
    logits = model(chunks[:, :-1])
    return nn.functional.cross_entropy(
        logits.flatten(0, 1).float(), chunks[:, 1:].flatten(), reduction="sum"
    )


def predicted_bytes(chunks: Integer[Tensor, "batch length"]) -> int:
    """Count what `next_byte_loss` sums over."""
    return chunks[:, 1:].numel()


def task(
    context: int = 64, width: int = 128, dropout: float = 0.1, max_bytes: int = 1_000_000
) -> Task:
    """Return the task of predicting the next byte of Python's own help texts.

    Args:
        context: bytes that the model sees at once.
        width: of the model.
        dropout: probability.
        max_bytes: how much of the text to use; the last tenth is for evaluation.

    Returns:
        The task. Its loss is in nats a byte; a uniform guess costs log(256) = 5.55.

    Examples:
        >>> t = task(context=32, width=16)
        >>> len(t.train_data) > len(t.eval_data) > 100
        True
    """
    text = "\n".join(topics[name] for name in sorted(topics)).encode()[:max_bytes]
    data = torch.frombuffer(bytearray(text), dtype=torch.uint8)
    cut = len(data) * 9 // 10
    return Task(
        model=NextByte(width, dropout),
        train_data=Chunks(data[:cut], context),
        eval_data=Chunks(data[cut:], context),
        loss=next_byte_loss,
        count=predicted_bytes,
    )
