"""Generation with a cache: each step reads one token, and makes the logits of one."""

# --8<-- [start:generation_imports]
from collections.abc import Callable

import torch

# --8<-- [end:generation_imports]
from jaxtyping import Bool, Int
from torch import Tensor

from reference_impl.attention import PreallocatedCache, greedy
from reference_impl.attention import generate as generate_with
from reference_impl.gpt.compiled_step import CompiledStep
from reference_impl.gpt.decode_step import DecodeStep
from reference_impl.gpt.model import GPT

__all__ = ["CachedLogits", "generate"]


class CachedLogits:
    """The logits of what follows a growing batch of sequences, each token read once.

    Args:
        model: in evaluation mode, or dropout is at work while the prompt is read.
        batch: sequences.
        capacity: tokens that fit.
        keep: which tokens of the prompt are real, `(batch, prompt)`; all by default.
        compiled: whether single tokens are read by a `CompiledStep`.

    Raises:
        ValueError: the model's position table is shorter than `capacity`, or `compiled` is asked for more than one
            sequence or with filler.

    Examples:
        >>> from reference_impl.gpt.config import GPTConfig
        >>> model = GPT(GPTConfig(vocab=9, context=8, dim=8, layers=2, heads=2)).eval()
        >>> ids = torch.tensor([[1, 2, 3, 4]])
        >>> follows = CachedLogits(model, batch=1, capacity=8)
        >>> first = follows(ids[:, :3])
        >>> torch.allclose(follows(ids), model(ids)[:, -1], atol=1e-5)
        True
        >>> follows.caches[0].length
        4
    """

    def __init__(
        self,
        model: GPT,
        batch: int,
        capacity: int,
        keep: Bool[Tensor, "..."] | None = None,
        compiled: bool = False,
    ) -> None:
        config, weight = model.config, model.tokens.weight
        if capacity > config.context:
            raise ValueError(
                f"expected at most {config.context} tokens, the rows of the position table, "
                f"got {capacity}"
            )
        if compiled and (batch > 1 or keep is not None):
            raise ValueError(
                f"expected one sequence without filler for the compiled step, got {batch}"
            )
        self.model, self.keep = model, keep
        sizes = (batch, config.heads, capacity, config.head_size)
        self.caches = [
            PreallocatedCache(*sizes, dtype=weight.dtype, device=weight.device)
            for _ in model.blocks
        ]
        self.step = CompiledStep(model) if compiled else DecodeStep(model)

    # --8<-- [start:generation_call]
    @torch.inference_mode()
    def __call__(self, ids: "torch.Tensor") -> "torch.Tensor":
        """Return the logits of what follows `ids`, `(batch, vocab)`, and read only the new tokens.

        Args:
            ids: what was given before, and at least one token more, `(batch, length)`.
        """
        new = ids[:, self.caches[0].length :]
        if self.keep is None and new.shape[1] == 1 and self.caches[0].length:
            return self.step(new[:, 0], self.caches)
        keep = self.keep
        if keep is not None:  # what was generated is real
            keep = torch.nn.functional.pad(keep, (0, ids.shape[1] - keep.shape[1]), value=True)
        return self.model.logits(self.model.hidden(new, keep, self.caches)[:, -1])

    # --8<-- [end:generation_call]


def generate(
    model: GPT,
    prompt: Int[Tensor, "..."],
    max_new_tokens: int,
    *,
    keep: Bool[Tensor, "..."] | None = None,
    stop: int | None = None,
    pad: int | None = None,
    choose: Callable[[Tensor], Tensor] = greedy,
    cached: bool = True,
    compiled: bool = False,
) -> Int[Tensor, "batch length"]:
    """Return the prompts, continued token by token until each row has stopped.

    Args:
        model: a GPT, used in evaluation mode and left in the mode that it was in.
        prompt: ids to continue, `(batch, length)`; shorter ones have their filler on the left.
        max_new_tokens: how many tokens to add at most.
        keep: which tokens of the prompt are real, of its shape; all by default.
        stop: token that ends a row; it is part of the row.
        pad: what a finished row is filled with while others go on; `stop` by default.
        choose: takes logits `(batch, vocab)`, returns a token for each row.
        cached: keep keys and values; `False` reads everything again in each step.
        compiled: read each new token by a `CompiledStep`: one prompt, without filler, `cached`.

    Raises:
        ValueError: prompt and new tokens are more than the position table has rows, a row of
            `keep` does not end with a real token, or as for `reference_impl.attention.generate`.

    Examples:
        >>> from reference_impl.gpt.config import GPTConfig
        >>> model = GPT(GPTConfig(vocab=9, context=8, dim=8, layers=2, heads=2))
        >>> prompt = torch.tensor([[1, 2]])
        >>> torch.equal(generate(model, prompt, 6), generate(model, prompt, 6, cached=False))
        True
    """
    if keep is not None and (keep.shape != prompt.shape or not bool(keep[:, -1].all())):
        raise ValueError(
            f"expected keep of shape {tuple(prompt.shape)} with a real token at the end of each "
            f"row (filler on the left), got shape {tuple(keep.shape)}"
        )
    if keep is not None and bool(keep.all()):
        keep = None  # no filler: the faster way
    was_training = model.training
    model.eval()
    try:
        follows = _follows(model, prompt, max_new_tokens, keep, cached, compiled)
        return generate_with(follows, prompt, max_new_tokens, stop, choose, pad)
    finally:
        model.train(was_training)


def _follows(
    model: GPT, prompt: Tensor, new: int, keep: Tensor | None, cached: bool, compiled: bool
) -> Callable[[Tensor], Tensor]:
    if prompt.ndim != 2 or prompt.shape[1] + max(new, 0) > model.config.context:
        raise ValueError(
            f"expected a prompt (batch, length) and new tokens of at most {model.config.context}, "
            f"the rows of the position table, got {tuple(prompt.shape)} and {new}"
        )
    if cached and prompt.numel():
        return CachedLogits(model, len(prompt), prompt.shape[1] + max(new, 1) - 1, keep, compiled)

    @torch.inference_mode()
    def again(ids: Tensor) -> Tensor:
        longer = keep
        if keep is not None:
            longer = torch.nn.functional.pad(keep, (0, ids.shape[1] - keep.shape[1]), value=True)
        return model.logits(model.hidden(ids, longer)[:, -1])

    return again
