"""Layers with parameters of their own, and dropout.

They draw their initial values as PyTorch's do, so that one seed gives one set of weights in both.
"""

import math

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import Parameter
from torch.nn import functional as F  # noqa: N812 - its usual name

from reference_impl.modules.module import Module

Inputs = Float[Tensor, "*batch {self.in_features}"]
Outputs = Float[Tensor, "*batch {self.out_features}"]
Indices = Int[Tensor, "*shape"]
Rows = Float[Tensor, "*shape {self.embedding_dim}"]


# --8<-- [start:kaiming_bound]
def kaiming_bound(fan_in: int, slope: float) -> float:
    """Return the bound of the uniform distribution that keeps the variance through a leaky ReLU.

    He et al., [*Delving Deep into Rectifiers*](https://arxiv.org/abs/1502.01852), equation 15, for a
    uniform distribution: its standard deviation is its bound over the root of 3.
    """
    gain = math.sqrt(2.0 / (1 + slope**2))
    return math.sqrt(3.0) * (gain / math.sqrt(fan_in))


# --8<-- [end:kaiming_bound]


class Linear(Module):
    r"""Multiply by a matrix, and add a bias: $y = x W^\top + b$.

    Args:
        in_features: the size of the last dimension of the input.
        out_features: the size of the last dimension of the output.
        bias: whether there is a $b$.
        device: where the parameters are made.
        dtype: their dtype.

    Raises:
        ValueError: a size is negative.

    >>> layer = Linear(3, 2)
    >>> [(name, tuple(p.shape)) for name, p in layer.named_parameters()]
    [('weight', (2, 3)), ('bias', (2,))]
    >>> layer(torch.zeros(4, 3)).shape
    torch.Size([4, 2])
    """

    weight: Parameter
    bias: Parameter | None

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        if min(in_features, out_features) < 0:
            raise ValueError(
                f"in_features and out_features must be at least 0, got {in_features} and {out_features}"
            )
        self.in_features, self.out_features = in_features, out_features
        self.weight = Parameter(torch.empty(out_features, in_features, device=device, dtype=dtype))
        if bias:
            self.bias = Parameter(torch.empty(out_features, device=device, dtype=dtype))
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    # --8<-- [start:linear_reset]
    def reset_parameters(self) -> None:
        """Draw the weight and the bias, both uniform within 1/sqrt(in_features)."""
        if self.in_features > 0:
            bound = kaiming_bound(self.in_features, slope=math.sqrt(5))
            with torch.no_grad():
                self.weight.uniform_(-bound, bound)
        if self.bias is not None:
            bound = 1 / math.sqrt(self.in_features) if self.in_features > 0 else 0
            with torch.no_grad():
                self.bias.uniform_(-bound, bound)

    # --8<-- [end:linear_reset]

    def forward(self, x: Inputs) -> Outputs:
        """Return the input times the transposed weight, plus the bias."""
        return F.linear(x, self.weight, self.bias)


class Embedding(Module):
    """Look up one row of a table for each index.

    Args:
        num_embeddings: how many rows the table has.
        embedding_dim: how long a row is.
        padding_idx: a row that starts as zeros and gets no gradient; a negative one counts from the end.
        device: where the table is made.
        dtype: its dtype.

    Raises:
        ValueError: `padding_idx` is no row of the table.

    >>> table = Embedding(10, 4, padding_idx=0)
    >>> table(torch.tensor([[1, 2, 0]])).shape
    torch.Size([1, 3, 4])
    >>> table(torch.tensor(0)).tolist()
    [0.0, 0.0, 0.0, 0.0]
    """

    weight: Parameter

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        if padding_idx is not None and not -num_embeddings <= padding_idx < num_embeddings:
            raise ValueError(
                f"padding_idx must be within num_embeddings={num_embeddings}, got {padding_idx}"
            )
        self.num_embeddings, self.embedding_dim = num_embeddings, embedding_dim
        self.padding_idx = None if padding_idx is None else padding_idx % num_embeddings
        self.weight = Parameter(
            torch.empty(num_embeddings, embedding_dim, device=device, dtype=dtype)
        )
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the table from a standard normal distribution, and clear the padding row."""
        with torch.no_grad():
            self.weight.normal_()
            if self.padding_idx is not None:
                self.weight[self.padding_idx].fill_(0)

    def forward(self, indices: Indices) -> Rows:
        """Return the row of each index."""
        return F.embedding(indices, self.weight, self.padding_idx)


class Dropout(Module):
    """In training, set each element to zero with probability `p` and scale the rest by $1/(1-p)$.

    Srivastava et al., [*Dropout*](https://jmlr.org/papers/v15/srivastava14a.html), scale at test time
    instead; the expectation is the same.

    Args:
        p: the probability.

    Raises:
        ValueError: `p` is no probability.

    >>> _ = torch.manual_seed(0)
    >>> layer, x = Dropout(0.5), torch.ones(6)
    >>> sorted(set(layer(x).tolist())), layer.eval()(x).tolist()
    ([0.0, 2.0], [1.0, 1.0, 1.0, 1.0, 1.0, 1.0])
    """

    def __init__(self, p: float = 0.5) -> None:
        super().__init__()
        if not 0 <= p <= 1:
            raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
        self.p = p

    # --8<-- [start:dropout_forward]
    def forward(self, x: "Tensor") -> "Tensor":
        """Return the input, thinned out in training."""
        if not self.training or self.p == 0:
            return x
        keep = torch.empty_like(x).bernoulli_(1 - self.p)
        return x * (keep / (1 - self.p) if self.p < 1 else keep)

    # --8<-- [end:dropout_forward]
