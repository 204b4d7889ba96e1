"""A decode step of one sequence as one compiled program: no call of Python stands between two operations.

`torch.compile` joins operations whose sizes it knows. So the cache has its full length from the start, what is not
there yet is hidden by a mask, and the place of the newest token is a tensor: one program serves all steps.
"""

import functools
from collections.abc import Callable, Sequence

import torch
from jaxtyping import Float, Int
from torch import Tensor

from reference_impl.attention import PreallocatedCache
from reference_impl.gpt.decode_step import BlockWeights
from reference_impl.gpt.model import GPT, Block
from reference_impl.gpt.step_program import step_logits

__all__ = ["CompiledStep"]


@functools.cache
def _compiled() -> Callable[..., Tensor]:
    """The program, one for all steps. Made at first use: the compiler alone takes a second to import."""
    return torch.compile(step_logits, fullgraph=True, dynamic=False)


class CompiledStep:
    """Reads one token of one sequence, as `DecodeStep` does, in one program of the compiler.

    The first call compiles, which takes seconds and, on a CPU, a C++ compiler. Another model of the same sizes with
    caches of the same capacity uses the program again; PyTorch keeps eight for one function
    (`torch._dynamo.config.recompile_limit`) and raises at the ninth. Attention reads the cache in its whole capacity.

    Args:
        model: whose parameters are used, as they are in each step: they are shared, not copied.

    Examples:
        >>> from reference_impl.gpt.config import GPTConfig
        >>> model = GPT(GPTConfig(vocab=9, context=8, dim=8, layers=2, heads=2)).eval()
        >>> caches = [PreallocatedCache(1, 2, 8, 4) for _ in range(2)]
        >>> with torch.compiler.set_stance("force_eager"):  # for this example without the compiler
        ...     with torch.no_grad():
        ...         step = CompiledStep(model)
        ...         _ = step(torch.tensor([3]), caches)
        ...         logits = step(torch.tensor([5]), caches)
        ...         torch.allclose(logits, model(torch.tensor([[3, 5]]))[:, -1], atol=1e-5)
        True
        >>> caches[0].length
        2
    """

    def __init__(self, model: GPT) -> None:
        self.model = model
        self.weights = [BlockWeights.of(b) for b in model.blocks if isinstance(b, Block)]
        norm = model.norm
        self.last = None
        if isinstance(norm, torch.nn.LayerNorm):
            self.last = norm.weight.detach(), norm.bias.detach()
        self.tables = model.tokens.weight.detach(), model.positions.weight.detach()

    def __call__(
        self, tokens: Int[Tensor, "..."], caches: Sequence[PreallocatedCache]
    ) -> Float[Tensor, "1 vocab"]:
        """Return the logits of what follows, and keep keys and values of this token.

        Args:
            tokens: the newest token of the one sequence, `(1,)`.
            caches: one for each block.

        Raises:
            ValueError: there is more than one sequence, or no room left in a cache or in the position table.
        """
        if len(tokens) != 1:
            raise ValueError(f"expected one sequence, got {len(tokens)}: use DecodeStep")
        config, length = self.model.config, caches[0].length
        if length >= config.context:
            raise ValueError(
                f"expected at most {config.context} tokens, the rows of the position table, "
                f"got {length + 1}"
            )
        place = tokens.new_tensor([min([cache.reserve(1) for cache in caches])])
        # A column of a text has the text's length as its stride, which is checked: each step would be compiled anew.
        tokens = torch.cat([tokens])
        kept = [(cache.k, cache.v) for cache in caches]
        logits: Tensor = _compiled()(
            tokens,
            place,
            self.weights,
            self.tables,
            self.last,
            kept,
            config.eps,
            config.norm == "post",
        )
        return logits
