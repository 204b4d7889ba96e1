"""Many short documents in rows of one length, without padding or with little.

*Pack and chop* writes documents one after another and cuts the stream every `size` tokens; GPT-3
was trained like this ([Brown et al., 2020](https://arxiv.org/abs/2005.14165), appendix B). *Best fit*
keeps each document whole and looks for the row in which it leaves the least room
([Ding et al., 2024](https://arxiv.org/abs/2404.10830), who also cut what is longer than a row).
Either way a row then holds several documents, and `document_mask` keeps a token from attending to
the ones before its own ([Krell et al., 2021](https://arxiv.org/abs/2107.02027)).
"""

# --8<-- [start:packing_imports]
from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import torch
from jaxtyping import Bool, Int32, Int64, Integer
from torch import Tensor

# --8<-- [end:packing_imports]

__all__ = [
    "Block",
    "best_fit_decreasing",
    "cumulative_lengths",
    "document_mask",
    "next_token_targets",
    "pack_and_chop",
    "pack_whole",
    "utilisation",
]

IGNORED = -100  # what `torch.nn.functional.cross_entropy` leaves out by default

Document = Integer[Tensor, "_length"]  # the underscore: each has its own
Tokens = Integer[Tensor, " tokens"]
Numbers = Int64[Tensor, " tokens"]
Rows = Integer[Tensor, "*batch tokens"]
Targets = Int64[Tensor, "*batch tokens"]
Mask = Bool[Tensor, "*batch tokens tokens"]
Bounds = Int32[Tensor, " bounds"]


class Block(NamedTuple):
    """A row of tokens from one or more documents.

    Attributes:
        ids: The tokens.
        documents: For each token the number of its document, counted from 0 over all documents.
        positions: For each token its place in its piece of a document, counted from 0.

    >>> block = next(pack_and_chop([torch.tensor([5, 6]), torch.tensor([7])], size=4, eos=0))
    >>> block.ids.tolist(), block.documents.tolist(), block.positions.tolist()
    ([5, 6, 0, 7], [0, 0, 0, 1], [0, 1, 2, 0])
    """

    ids: Tokens
    documents: Numbers
    positions: Numbers


def pack_and_chop(
    documents: "Iterable[Document]", size: int, eos: int, keep_rest: bool = False
) -> "Iterator[Block]":
    """Write documents one after another, each with an end token, and cut every `size` tokens.

    It is a stream: a block is given out as soon as it is full, and what does not fill one is
    carried into the next.

    Args:
        documents: The token ids of each document.
        size: How many tokens a block has.
        eos: The token that ends each document. An empty document leaves only this one.
        keep_rest: Give out what remains at the end as a shorter block. By default it is dropped.

    Returns:
        An iterator over the blocks.

    Raises:
        ValueError: A size below 1.

    >>> documents = [torch.tensor([1, 2, 3]), torch.tensor([4, 5])]
    >>> [block.ids.tolist() for block in pack_and_chop(documents, size=3, eos=0)]
    [[1, 2, 3], [0, 4, 5]]
    >>> [block.ids.tolist() for block in pack_and_chop(documents, 3, 0, keep_rest=True)]
    [[1, 2, 3], [0, 4, 5], [0]]
    """
    if size < 1:
        raise ValueError(f"expected a size of at least 1, got {size}")
    return chopped(documents, size, eos, keep_rest)


# --8<-- [start:chopped]
def chopped(
    documents: "Iterable[Document]", size: int, eos: int, keep_rest: bool
) -> "Iterator[Block]":
    """Do the work of `pack_and_chop`, whose checks must not wait for the first block."""
    pieces: list[tuple[int, Tensor]] = []
    room = size
    for number, document in enumerate(documents):
        left = torch.cat([document, document.new_tensor([eos])])
        while len(left):
            piece, left = left[:room], left[room:]
            pieces.append((number, piece))
            room -= len(piece)
            if room == 0:
                yield joined(pieces)
                pieces, room = [], size
    if pieces and keep_rest:
        yield joined(pieces)


# --8<-- [end:chopped]


def joined(pieces: "Sequence[tuple[int, Tensor]]") -> "Block":
    """Make one block of pieces of documents."""
    return Block(
        torch.cat([piece for _, piece in pieces]),
        torch.cat([torch.full((len(piece),), number) for number, piece in pieces]),
        torch.cat([torch.arange(len(piece)) for _, piece in pieces]),
    )


# --8<-- [start:document_mask]
def document_mask(documents: "Rows") -> "Mask":
    """Return which token may attend to which: its own document's, up to itself.

    Args:
        documents: The document numbers of one or more blocks.

    Returns:
        True where the token of the row may look at the token of the column: one causal block on
        the diagonal for each document. `scaled_dot_product_attention` takes it as `attn_mask`.

    >>> document_mask(torch.tensor([0, 0, 1])).int().tolist()
    [[1, 0, 0], [1, 1, 0], [0, 0, 1]]
    """
    same = documents[..., :, None] == documents[..., None, :]
    return same.tril()


# --8<-- [end:document_mask]


# --8<-- [start:cumulative_lengths]
def cumulative_lengths(documents: "Rows") -> "Bounds":
    """Return where each piece of a document starts in the flattened blocks, and where all ends.

    This is the form that attention kernels for ragged input take (`cu_seqlens`). A document that
    goes on in the next block counts there as a new piece, as it does for `document_mask`.

    Args:
        documents: The document numbers of one or more blocks.

    Returns:
        One number more than there are pieces, as int32: piece `i` is `[bounds[i], bounds[i + 1])`.

    >>> cumulative_lengths(torch.tensor([[0, 0, 1], [1, 1, 2]])).tolist()
    [0, 2, 3, 5, 6]
    """
    first = torch.ones_like(documents, dtype=torch.bool)
    first[..., 1:] = documents[..., 1:] != documents[..., :-1]
    starts = first.flatten().nonzero().flatten()
    return torch.cat([starts, starts.new_tensor([documents.numel()])]).int()


# --8<-- [end:cumulative_lengths]


# --8<-- [start:next_token_targets]
def next_token_targets(ids: "Rows", documents: "Rows | None" = None) -> "Targets":
    """Return for each token the one that follows it, -100 where nothing is to be predicted.

    Args:
        ids: The tokens of one or more blocks.
        documents: Their document numbers. With them the first token of a document is nobody's
            target; without them it is predicted from the end of the one before.

    Returns:
        Targets for `cross_entropy`, in the places of the logits. The last place of a block has
        none: what follows is in another block.

    Raises:
        ValueError: Document numbers of another shape.

    >>> ids, documents = torch.tensor([5, 6, 0, 7, 8]), torch.tensor([0, 0, 0, 1, 1])
    >>> next_token_targets(ids).tolist()
    [6, 0, 7, 8, -100]
    >>> next_token_targets(ids, documents).tolist()
    [6, 0, -100, 8, -100]
    """
    if documents is not None and documents.shape != ids.shape:
        raise ValueError(
            f"expected documents of shape {tuple(ids.shape)}, got {tuple(documents.shape)}"
        )
    targets = torch.full_like(ids, IGNORED, dtype=torch.int64)
    targets[..., :-1] = ids[..., 1:]
    if documents is not None:
        targets[..., :-1][documents[..., 1:] != documents[..., :-1]] = IGNORED
    return targets


# --8<-- [end:next_token_targets]


# --8<-- [start:best_fit_decreasing]
def best_fit_decreasing(lengths: Sequence[int], size: int) -> list[list[int]]:
    """Put items into bins: the longest first, each where it leaves the least room.

    Args:
        lengths: The length of each item.
        size: What a bin holds.

    Returns:
        The indices of the items in each bin.

    Raises:
        ValueError: An item that fits into no bin, or has a negative length.

    >>> best_fit_decreasing([6, 3, 7, 4], size=10)
    [[2, 1], [0, 3]]
    """
    bins: list[list[int]] = []
    rooms: list[tuple[int, int]] = []  # (room left, number of the bin), sorted
    for item in sorted(range(len(lengths)), key=lambda item: -lengths[item]):
        if not 0 <= lengths[item] <= size:
            raise ValueError(
                f"expected lengths from 0 to {size}, got {lengths[item]} for item {item}: "
                "cut it into windows first"
            )
        place = bisect_left(rooms, (lengths[item], -1))  # the first room that is large enough
        if place == len(rooms):
            rooms.append((size, len(bins)))
            bins.append([])
        room, number = rooms.pop(place)
        bins[number].append(item)
        insort(rooms, (room - lengths[item], number))
    return bins


# --8<-- [end:best_fit_decreasing]


def pack_whole(documents: "Sequence[Document]", size: int, eos: int) -> "list[Block]":
    """Pack documents into blocks of at most `size` tokens without cutting any.

    Args:
        documents: The token ids of each document.
        size: How many tokens a block may have.
        eos: The token that ends each document, and takes a place too.

    Returns:
        The blocks, not padded; `documents` has the index of each document in the sequence given.

    Raises:
        ValueError: A document that does not fit with its end token.

    >>> documents = [torch.tensor([1, 2]), torch.tensor([3, 4, 5]), torch.tensor([6])]
    >>> [block.ids.tolist() for block in pack_whole(documents, size=5, eos=0)]
    [[3, 4, 5, 0], [1, 2, 0, 6, 0]]
    """
    whole = [torch.cat([document, document.new_tensor([eos])]) for document in documents]
    bins = best_fit_decreasing([len(document) for document in whole], size)
    return [joined([(item, whole[item]) for item in items]) for items in bins]


def utilisation(blocks: "Sequence[Block]", size: int) -> float:
    """Return which part of the places in blocks of `size` is filled with tokens.

    Args:
        blocks: The blocks, at least one.
        size: What each is padded to.

    Raises:
        ValueError: No blocks.

    >>> documents = [torch.tensor([1, 2]), torch.tensor([3, 4, 5]), torch.tensor([6])]
    >>> utilisation(pack_whole(documents, size=5, eos=0), size=5)
    0.9
    """
    if not blocks:
        raise ValueError("expected at least one block, got none: there is no place to fill")
    return sum(len(block.ids) for block in blocks) / (len(blocks) * size)
