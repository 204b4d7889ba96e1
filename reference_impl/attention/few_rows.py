"""A linear layer for a handful of tokens: what a decode step multiplies, bound by reading the weights.

`torch.nn.functional.linear` hands such a product to a kernel made for many rows. On a CPU that kernel reads the
weights with one thread, or rearranges them first. Here the same product is put so that every thread reads its share.
"""

# --8<-- [start:few_rows_imports]
import torch

# --8<-- [end:few_rows_imports]
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

__all__ = ["few_rows_linear"]

MOST_ROWS = 8  # with more rows the ordinary kernel is as fast


def few_rows_linear(
    x: Float[Tensor, "rows width"],
    weight: Float[Tensor, "out width"],
    bias: Float[Tensor, " out"] | None = None,
) -> Float[Tensor, "rows out"]:
    """Return `x @ weight.T + bias`, as `torch.nn.functional.linear` does, up to rounding.

    Off the CPU, for more than eight rows, and in half precision it *is* that function. Made for inference: it may
    write to its own result, and needs no gradient.

    Args:
        x: tokens, `(rows, width)`.
        weight: of a linear layer, `(out, width)`.
        bias: of the layer, `(out,)`, or none.

    Raises:
        RuntimeError: a shape does not fit.

    Examples:
        >>> layer = torch.nn.Linear(6, 4)
        >>> x = torch.randn(3, 6)
        >>> with torch.no_grad():
        ...     torch.allclose(few_rows_linear(x, layer.weight, layer.bias), layer(x), atol=1e-6)
        True
    """
    if not x.is_cpu or x.dtype.itemsize < 4 or not 1 <= x.shape[0] <= MOST_ROWS:
        return functional.linear(x, weight, bias)
    return _few_rows(x, weight, bias, torch.get_num_threads())


# --8<-- [start:few_rows]
def _few_rows(
    x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None, threads: int
) -> torch.Tensor:
    out, width = weight.shape
    if x.shape[0] == 1 and out % threads == 0:
        # A batch of products, one for each thread: each reads its part of the rows of the weight.
        parts, x = weight.view(threads, -1, width).mT, x.expand(threads, 1, width)
        if bias is None:
            return torch.bmm(x, parts).view(1, out)
        return torch.baddbmm(bias.view(threads, 1, -1), x, parts).view(1, out)
    product = (weight @ x.T).T  # the large matrix first: its rows are dealt out to the threads
    return product if bias is None else product.add_(bias)


# --8<-- [end:few_rows]
