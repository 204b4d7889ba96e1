"""A GPT in the maximal update parametrisation: one learning rate for all widths.

Yang et al., 2022, [*Tensor Programs V: tuning large neural networks via zero-shot hyperparameter
transfer*](https://arxiv.org/abs/2203.03466), for Adam. Our `base` is their base width. Heads keep one size, so the
attention's scale needs no change.
"""

from collections.abc import Sequence

# --8<-- [start:mup_imports]
import torch

# --8<-- [end:mup_imports]
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from reference_impl.attention import KVCache
from reference_impl.gpt import GPT, GPTConfig

__all__ = ["MuGPT", "mup_groups"]


# --8<-- [start:mup_groups]
def mup_groups(
    model: "torch.nn.Module", rate: float, width_ratio: float
) -> "list[dict[str, object]]":
    """Return groups for Adam: matrices inside the blocks learn more slowly, the wider the model.

    Args:
        model: a `GPT`.
        rate: learning rate of everything else.
        width_ratio: width over base width.

    Raises:
        ValueError: the rate or the ratio is not above 0.

    Examples:
        >>> model = GPT(GPTConfig(vocab=9, context=8, dim=64, layers=1, heads=2))
        >>> [group["lr"] for group in mup_groups(model, rate=0.01, width_ratio=2.0)]
        [0.005, 0.01]
    """
    if not (rate > 0 and width_ratio > 0):
        raise ValueError(f"expected a rate and a ratio above 0, got {rate} and {width_ratio}")
    inner: list[torch.Tensor] = []
    rest: list[torch.Tensor] = []
    for name, weight in model.named_parameters():
        is_inner = name.startswith("blocks.") and weight.ndim == 2
        (inner if is_inner else rest).append(weight)
    return [{"params": inner, "lr": rate / width_ratio}, {"params": rest, "lr": rate}]


# --8<-- [end:mup_groups]


class MuGPT(GPT):
    """A `GPT` whose start and output follow the width; with `dim == base` it is a `GPT`.

    Matrices inside the blocks begin smaller by `sqrt(base / dim)`, and the logits are multiplied by
    `base / dim`. Embeddings, norms and biases stay. Use it with `mup_groups`.

    Args:
        config: the sizes.
        base: the width at which the learning rate was tuned.

    Raises:
        ValueError: the base is less than 1.

    Examples:
        >>> config = GPTConfig(vocab=9, context=8, dim=64, layers=1, heads=2)
        >>> MuGPT(config, base=32).width_ratio
        2.0
    """

    # --8<-- [start:mup_model]
    def __init__(self, config: GPTConfig, base: int = 32) -> None:
        if base < 1:
            raise ValueError(f"expected a base width of at least 1, got {base}")
        self.width_ratio = config.dim / base
        super().__init__(config)

    def reset_parameters(self) -> None:
        """Draw the weights again, those inside the blocks by the width."""
        super().reset_parameters()
        for part in self.blocks.modules():
            if isinstance(part, nn.Linear):
                with torch.no_grad():
                    part.weight.mul_(self.width_ratio**-0.5)

    def hidden(
        self,
        ids: Int[Tensor, "..."],
        keep: Bool[Tensor, "..."] | None = None,
        caches: Sequence[KVCache] | None = None,
    ) -> Float[Tensor, "batch length dim"]:
        """Return what the output layer reads, divided by the width ratio."""
        return super().hidden(ids, keep, caches) / self.width_ratio

    # --8<-- [end:mup_model]

    def groups(self, rate: float) -> list[dict[str, object]]:
        """Return the parameter groups for Adam."""
        return mup_groups(self, rate, self.width_ratio)
