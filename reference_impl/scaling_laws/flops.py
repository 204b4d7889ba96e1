"""The operations of a GPT, counted from its config and measured by PyTorch.

Kaplan et al., 2020, [*Scaling laws for neural language models*](https://arxiv.org/abs/2001.08361), section 2.1; Hoffmann
et al., 2022, [*Training compute-optimal large language models*](https://arxiv.org/abs/2203.15556), appendix F. A product
and a sum count as two operations, as there.
"""

# --8<-- [start:flops_imports]
import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from reference_impl.gpt import GPT, GPTConfig

# --8<-- [end:flops_imports]

__all__ = ["forward_flops", "matrix_parameters", "measured_flops", "training_flops"]


def matrix_parameters(config: GPTConfig) -> int:
    """Return the weights of all matrices inside the blocks: Kaplan's N, `12 * layers * dim ** 2`.

    Args:
        config: of any size. Embeddings, norms and biases are left out.

    Examples:
        >>> matrix_parameters(GPTConfig.gpt2()) == 12 * 12 * 768**2
        True
    """
    inner = config.heads * config.head_size
    return config.layers * config.dim * (4 * inner + 2 * config.hidden_size)


# --8<-- [start:flops_forward]
def forward_flops(config: "GPTConfig", length: int) -> "dict[str, int]":
    """Return the operations for one token of a sequence, by place.

    Args:
        config: without a band.
        length: tokens of the sequence.

    Raises:
        ValueError: the length is not from 1 to the context, or the config has a band.

    Examples:
        >>> counts = forward_flops(GPTConfig.gpt2(), length=1024)
        >>> {name: round(n / 1e6) for name, n in counts.items()}
        {'blocks': 170, 'attention': 38, 'head': 77}
    """
    if not 1 <= length <= config.context:
        raise ValueError(f"expected a length from 1 to {config.context}, got {length}")
    if config.band is not None:
        raise ValueError(f"expected a config without a band, got band {config.band}")
    inner = config.heads * config.head_size
    return {
        "blocks": 2 * matrix_parameters(config),
        "attention": 2 * config.layers * 2 * length * inner,  # scores and values, full square
        "head": 2 * config.vocab * config.dim,
    }


# --8<-- [end:flops_forward]


def training_flops(config: GPTConfig, length: int, tokens: float | int = 1) -> float:
    """Return the operations to train on some tokens: forward, and backward at twice the cost.

    Args:
        config: as for `forward_flops`.
        length: tokens of each sequence.
        tokens: in all.

    Raises:
        ValueError: as for `forward_flops`, or fewer than 1 token.

    Examples:
        >>> config = GPTConfig.gpt2()
        >>> round(training_flops(config, 1024) / (6 * matrix_parameters(config)), 2)
        1.68
    """
    if tokens < 1:
        raise ValueError(f"expected at least 1 token, got {tokens}")
    return 3.0 * sum(forward_flops(config, length).values()) * tokens


# --8<-- [start:flops_measured]
def measured_flops(model: "GPT", ids: "torch.Tensor", backward: bool = True) -> int:
    """Return the operations that PyTorch counts while the model runs.

    The attention is computed by plain matrix products: the counter has no formula for the fused
    kernel of a CPU, and leaves it out without a word.

    Args:
        model: its gradients are changed.
        ids: tokens, `(batch, length)`.
        backward: whether the gradients are computed too.

    Examples:
        >>> config = GPTConfig(vocab=9, context=8, dim=8, layers=1, heads=2)
        >>> measured_flops(GPT(config), torch.zeros(1, 8, dtype=torch.long), backward=False)
        15488
    """
    with sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
        logits = model(ids)
        if backward:
            torch.autograd.backward(logits.sum())
    return int(counter.get_total_flops())


# --8<-- [end:flops_measured]
