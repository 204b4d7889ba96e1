"""Muon: momentum whose update is made orthogonal before the step, for matrices of hidden layers.

K. Jordan et al., [*Muon: An optimizer for hidden layers in neural
networks*](https://kellerjordan.github.io/posts/muon/) (2024); the rule for the learning rate called
`match_rms_adamw` is from Liu et al., [*Muon is Scalable for LLM
Training*](https://arxiv.org/abs/2502.16982) (2025), section 2.2.
"""

# --8<-- [start:imports]
import torch
from jaxtyping import Float
from torch import Tensor

from reference_impl.optimizers.adaptive import buffer_like
from reference_impl.optimizers.optimizer import Group, Optimizer, Params, at_least_zero

Matrix = Float[Tensor, "rows cols"]
COEFFICIENTS = (3.4445, -4.7750, 2.0315)

# --8<-- [end:imports]


# --8<-- [start:orthogonalize]
def orthogonalize(
    matrix: Matrix,
    steps: int = 5,
    coefficients: tuple[float, float, float] = COEFFICIENTS,
    eps: float = 1e-7,
) -> Matrix:
    """Bring all singular values near 1 by Newton-Schulz iteration, in bfloat16.

    Each step maps every singular value s to `a*s + b*s**3 + c*s**5` and leaves the singular vectors
    as they are. With the usual coefficients the values end somewhere around 1, not at 1.

    Args:
        matrix: any matrix.
        steps: how often the polynomial is applied.
        coefficients: a, b and c.
        eps: the smallest norm the matrix is divided by.

    Raises:
        ValueError: `matrix` has not two dimensions.

    >>> import torch
    >>> x = orthogonalize(torch.diag(torch.tensor([5.0, 1.0])))
    >>> bool((torch.linalg.svdvals(x.float()) > 0.6).all()), x.dtype
    (True, torch.bfloat16)
    """
    if matrix.dim() != 2:
        raise ValueError(f"expected a matrix, got a tensor of shape {tuple(matrix.shape)}")
    a, b, c = coefficients
    tall = matrix.size(0) > matrix.size(1)
    x = matrix.bfloat16()
    x = x.T if tall else x
    x = x / x.norm().clamp(min=eps)
    for _ in range(steps):
        gram = x @ x.T
        polynomial = torch.addmm(gram, gram, gram, beta=b, alpha=c)
        x = torch.addmm(x, polynomial, x, beta=a)
    return x.T if tall else x


# --8<-- [end:orthogonalize]


class Muon(Optimizer):
    """Step along the orthogonalized momentum. All parameters must be matrices.

    Args:
        params: matrices or groups of them.
        lr: the learning rate.
        weight_decay: the share of the parameter, times `lr`, that is lost in each step.
        momentum: the decay of the average of gradients.
        nesterov: mix the gradient into the average once more before it is made orthogonal.
        ns_coefficients: a, b and c of the iteration.
        eps: the smallest norm that an update is divided by.
        ns_steps: how many times the iteration runs.
        adjust_lr_fn: `"original"` (or `None`) multiplies the rate by `sqrt(max(1, rows / cols))`,
            `"match_rms_adamw"` by `0.2 * sqrt(max(rows, cols))`.

    >>> import torch
    >>> w = torch.zeros(2, 2, requires_grad=True)
    >>> optimizer = Muon([w], lr=0.1)
    >>> w.grad = torch.diag(torch.tensor([5.0, 1.0]))
    >>> optimizer.step()
    >>> bool((w.diag() < -0.05).all()), list(optimizer.state[w])
    (True, ['momentum_buffer'])
    """

    def __init__(
        self,
        params: Params,
        lr: float = 1e-3,
        weight_decay: float = 0.1,
        momentum: float = 0.95,
        nesterov: bool = True,
        ns_coefficients: tuple[float, float, float] = COEFFICIENTS,
        eps: float = 1e-7,
        ns_steps: int = 5,
        adjust_lr_fn: str | None = None,
    ) -> None:
        options = {"lr": lr, "weight_decay": weight_decay, "momentum": momentum, "eps": eps}
        iteration = {"ns_coefficients": ns_coefficients, "ns_steps": ns_steps}
        rest = {"nesterov": nesterov, "adjust_lr_fn": adjust_lr_fn}
        super().__init__(params, {**options, **iteration, **rest})

    def check(self, group: Group) -> None:
        """Raise a `ValueError` if an option or the shape of a parameter is not usable."""
        at_least_zero(group, "lr", "weight_decay", "momentum", "ns_steps")
        if group["adjust_lr_fn"] not in (None, "original", "match_rms_adamw"):
            raise ValueError(
                "expected adjust_lr_fn to be None, 'original' or 'match_rms_adamw', "
                f"got {group['adjust_lr_fn']!r}"
            )
        for param in group["params"]:
            if param.dim() != 2:
                raise ValueError(
                    "Muon only supports 2D parameters whereas we found a parameter with size: "
                    f"{param.size()}"
                )

    # --8<-- [start:muon_update]
    def update(self, param: Float[Tensor, "..."], grad: Float[Tensor, "..."], group: Group) -> None:
        """Take one step with one matrix."""
        average = buffer_like(param, self.state[param], "momentum_buffer")
        average.lerp_(grad, 1 - group["momentum"])
        direction = grad.lerp(average, group["momentum"]) if group["nesterov"] else average
        step = orthogonalize(direction, group["ns_steps"], group["ns_coefficients"], group["eps"])
        rows, cols = param.shape
        if group["adjust_lr_fn"] == "match_rms_adamw":
            scale = 0.2 * max(rows, cols) ** 0.5
        else:
            scale = max(1, rows / cols) ** 0.5
        param.mul_(1 - group["lr"] * group["weight_decay"])
        param.add_(step, alpha=-group["lr"] * scale)

    # --8<-- [end:muon_update]
