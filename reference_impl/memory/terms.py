"""What each operation of a Transformer keeps for its backward pass, in bytes, on a CPU.

Each function states what autograd's formula of one operation needs again. A tensor that two
operations keep is entered once, by the first.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

__all__ = ["PRECISIONS", "Ledger", "Term"]

PRECISIONS = ("float32", "autocast", "bfloat16")
INDEX = 8  # bytes of an int64


# --8<-- [start:terms_term]
@dataclass(frozen=True)
class Term:
    """One storage that is kept from forward to backward.

    Attributes:
        part: where in the model, such as `block 3`.
        kept: what it is, such as `qkv input`.
        nbytes: of the storage.
        hooked: whether hooks on saved tensors see it; some code keeps tensors without telling.

    Examples:
        >>> Term("block 0", "qkv input", 1024).hooked
        True
    """

    part: "str"
    kept: "str"
    nbytes: "int"
    hooked: "bool" = True


# --8<-- [end:terms_term]


@dataclass
class Ledger:
    """Adds up terms, for one precision and one number of tokens.

    Args:
        precision: `float32`; `autocast`, whose products are in bfloat16 and whose weights are not;
            or `bfloat16`, in which all weights and tokens are.

    Raises:
        ValueError: the precision is unknown.

    Examples:
        >>> ledger = Ledger("autocast")
        >>> with ledger.part("head"):
        ...     ledger.linear("out", tokens=10, fan_in=8, fan_out=4)
        >>> [(term.kept, term.nbytes) for term in ledger.terms]
        [('out: input', 160), ('out: weight in bfloat16', 64)]
    """

    precision: str = "float32"
    terms: list[Term] = field(default_factory=list)
    _part: str = ""

    def __post_init__(self) -> None:
        if self.precision not in PRECISIONS:
            raise ValueError(
                f"expected a precision of {', '.join(PRECISIONS)}, got {self.precision!r}"
            )

    @property
    def stream(self) -> int:
        """Bytes of a number of the residual stream, and of a weight."""
        return 2 if self.precision == "bfloat16" else 4

    @property
    def compute(self) -> int:
        """Bytes of a number that goes into a product of matrices, or comes out."""
        return 4 if self.precision == "float32" else 2

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Name the part of the model whose terms come next."""
        before, self._part = self._part, name
        yield
        self._part = before

    def keep(self, kept: str, count: int, size: int, hooked: bool = True) -> None:
        """Enter a storage of `count` numbers of `size` bytes."""
        if count:
            self.terms.append(Term(self._part, kept, count * size, hooked))

    # --8<-- [start:terms_linear]
    def linear(
        self, name: str, tokens: int, fan_in: int, fan_out: int, keep_input: bool = True
    ) -> None:
        """Enter a product with a weight: its input. Autocast's copy of the weight is kept too."""
        if keep_input:
            self.keep(f"{name}: input", tokens * fan_in, self.compute)
        if self.precision == "autocast":
            self.keep(f"{name}: weight in bfloat16", fan_in * fan_out, 2)

    def layer_norm(self, name: str, tokens: int, dim: int, size: int | None = None) -> None:
        """Enter a LayerNorm: its input, and a mean and a 1 / deviation for each token."""
        self.keep(f"{name}: input", tokens * dim, self.stream if size is None else size)
        self.keep(f"{name}: mean and deviation", 2 * tokens, self.stream)

    def dropout(self, name: str, numbers: int, rate: float, size: int) -> None:
        """Enter a dropout: on a CPU its mask has the dtype of what it multiplies."""
        if rate > 0:
            self.keep(f"{name}: mask", numbers, size)

    # --8<-- [end:terms_linear]

    def rms_norm(self, name: str, tokens: int, dim: int) -> None:
        """Enter an RMSNorm made of single operations: input, 1 / root, and their product."""
        self.keep(f"{name}: input", tokens * dim, 4)
        self.keep(f"{name}: 1 / root mean square", tokens, 4)
        self.keep(f"{name}: normalised", tokens * dim, 4)

    # --8<-- [start:terms_attention]
    def flash(
        self, queries: int, heads: int, projected: dict[str, int], out: int, mask: int
    ) -> None:
        """Enter attention by the fused kernel: its inputs and output, and a number for each query.

        Args:
            queries: of the batch.
            heads: of each.
            projected: numbers in the storages that hold queries, keys and values.
            out: numbers in the output.
            mask: numbers in the mask, if there is one.
        """
        self.keep("attention: mask in floats", mask, self.compute)
        for name, numbers in projected.items():
            self.keep(f"attention: {name}", numbers, self.compute)
        self.keep("attention: log of the sums", queries * heads, 4)
        self.keep("attention: output", out, self.compute)

    def formula(self, q: int, k: int, v: int, scores: int, rate: float) -> None:
        """Enter attention by plain operations, in float32: all scores, and copies of q, k and v."""
        self.keep("attention: q, scaled", q, 4)
        self.keep("attention: k, scaled", k, 4)
        self.keep("attention: v", v, 4)
        self.keep("attention: weights", scores, 4)
        if rate > 0:
            self.keep("attention: mask of dropout", scores, 4)
            self.keep("attention: weights after dropout", scores, 4)

    # --8<-- [end:terms_attention]

    def cross_entropy(self, tokens: int, classes: int) -> None:
        """Enter the loss of logits: a log-probability of each class, and the weight of all targets."""
        size = self.stream
        self.keep("log-probabilities", tokens * classes, size)
        self.keep("sum of weights", 1, size)
