"""How many parameters a GPT has, and where they are, from its config alone."""

from reference_impl.gpt.config import GPTConfig

__all__ = ["count_parameters", "score_count"]


# --8<-- [start:family_count]
def count_parameters(config: GPTConfig) -> dict[str, int]:
    """Return the numbers of parameters, by place, and in all.

    Args:
        config: of any size; nothing is allocated.

    Examples:
        >>> count_parameters(GPTConfig.gpt2())["total"]
        124439808
    """
    inner, hidden, dim = config.heads * config.head_size, config.hidden_size, config.dim
    attention = dim * 3 * inner + 3 * inner + inner * dim + dim
    feed_forward = dim * hidden + hidden + hidden * dim + dim
    norms = config.layers * 2 + config.final_norm
    counts = {
        "tokens": config.vocab * dim,
        "positions": config.context * dim,
        "attention": config.layers * attention,
        "feed_forward": config.layers * feed_forward,
        "norms": norms * 2 * dim,
    }
    return {**counts, "total": sum(counts.values())}


# --8<-- [end:family_count]


# --8<-- [start:family_scores]
def score_count(config: GPTConfig, length: int) -> int:
    """Return how many pairs of query and key all layers and heads look at, for one sequence.

    Args:
        config: of any size.
        length: tokens.

    Examples:
        >>> score_count(GPTConfig(vocab=9, context=8, dim=8, layers=2, heads=1, band=2), 4)
        17
    """
    dense = length * (length + 1) // 2
    band = min(config.band or length, length)
    banded = band * (band + 1) // 2 + (length - band) * band
    count = sum(banded if config.is_banded(i) else dense for i in range(config.layers))
    return config.heads * count


# --8<-- [end:family_scores]
