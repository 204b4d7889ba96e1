"""Optimizers that divide each element's step by a running size of its gradient.

Adagrad (Duchi et al., [2011](https://jmlr.org/papers/v12/duchi11a.html)) adds up squares, RMSprop
(Hinton, [lecture 6](https://www.cs.toronto.edu/~tijmen/csc321/slides/lecture_slides_lec6.pdf))
averages them, Adam (Kingma and Ba, [2015](https://arxiv.org/abs/1412.6980)) averages the gradient
too and corrects both averages for their start at zero, AdamW (Loshchilov and Hutter,
[2019](https://arxiv.org/abs/1711.05101)) takes weight decay out of the gradient.
"""

# --8<-- [start:imports]
import torch
from jaxtyping import Float
from torch import Tensor

from reference_impl.optimizers.optimizer import Group, Optimizer, Params, State, at_least_zero

# --8<-- [end:imports]


def count_step(state: "State") -> "float":
    """Add one to the state's counter, a 32-bit tensor as in PyTorch, and return it."""
    step = state.get("step")
    if not isinstance(step, Tensor):
        step = state["step"] = torch.tensor(step or 0.0, dtype=torch.float32)
    step += 1
    return step.item()


def buffer_like(param: "Tensor", state: "State", name: "str") -> "Tensor":
    """Return the tensor of this name in the state; zeros, if there is none yet."""
    if state.get(name) is None:
        state[name] = torch.zeros_like(param, memory_format=torch.preserve_format)
    buffer: Tensor = state[name]
    return buffer


class Adagrad(Optimizer):
    """Divide by the root of the sum of all squared gradients so far.

    The state exists from the start, as in PyTorch.

    Args:
        params: parameters or groups of them.
        lr: the learning rate.
        lr_decay: after n steps the rate is `lr / (1 + n * lr_decay)`.
        weight_decay: this times the parameter is added to its gradient.
        initial_accumulator_value: where the sum starts.
        eps: added to the denominator.
        maximize: go up instead of down.

    >>> import torch
    >>> w = torch.tensor([1.0], requires_grad=True)
    >>> optimizer = Adagrad([w], lr=0.1)
    >>> w.grad = torch.tensor([3.0])
    >>> optimizer.step()
    >>> w, optimizer.state[w]["sum"]
    (tensor([0.9000], requires_grad=True), tensor([9.]))
    """

    def __init__(
        self,
        params: Params,
        lr: float = 1e-2,
        lr_decay: float = 0.0,
        weight_decay: float = 0.0,
        initial_accumulator_value: float = 0.0,
        eps: float = 1e-10,
        *,
        maximize: bool = False,
    ) -> None:
        options = {"lr": lr, "lr_decay": lr_decay, "eps": eps, "weight_decay": weight_decay}
        start = {"initial_accumulator_value": initial_accumulator_value}
        super().__init__(params, {**options, **start, "maximize": maximize})

    def check(self, group: Group) -> None:
        """Raise a `ValueError` if an option of the group is not usable."""
        at_least_zero(group, "lr", "lr_decay", "weight_decay", "initial_accumulator_value", "eps")

    def add_param_group(self, group: Group) -> None:
        """Add a group, and make the state of its parameters."""
        super().add_param_group(group)
        added = self.param_groups[-1]
        for param in added["params"]:
            total = torch.full_like(param, added["initial_accumulator_value"], requires_grad=False)
            self.state[param] = {"step": torch.tensor(0.0, dtype=torch.float32), "sum": total}

    def update(self, param: Float[Tensor, "..."], grad: Float[Tensor, "..."], group: Group) -> None:
        """Take one step with one parameter."""
        state = self.state[param]
        step = count_step(state)
        if group["weight_decay"] != 0:
            grad = grad.add(param, alpha=group["weight_decay"])
        lr = group["lr"] / (1 + (step - 1) * group["lr_decay"])
        total = state["sum"].addcmul_(grad, grad)
        param.addcdiv_(grad, total.sqrt().add_(group["eps"]), value=-lr)


class RMSprop(Optimizer):
    """Divide by the root of an average of recent squared gradients.

    Args:
        params: parameters or groups of them.
        lr: the learning rate.
        alpha: the decay of the averages.
        eps: added to the denominator.
        weight_decay: this times the parameter is added to its gradient.
        momentum: the decay of a buffer of quotients; 0 keeps none.
        centered: subtract the square of the average gradient: divide by a standard deviation.
        maximize: go up instead of down.

    >>> import torch
    >>> w = torch.tensor([1.0], requires_grad=True)
    >>> optimizer = RMSprop([w], lr=0.1, alpha=0.75)
    >>> w.grad = torch.tensor([3.0])
    >>> optimizer.step()
    >>> w, optimizer.state[w]["square_avg"]
    (tensor([0.8000], requires_grad=True), tensor([2.2500]))
    """

    def __init__(
        self,
        params: Params,
        lr: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum: float = 0.0,
        centered: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        options = {"lr": lr, "alpha": alpha, "eps": eps, "weight_decay": weight_decay}
        switches = {"momentum": momentum, "centered": centered, "maximize": maximize}
        super().__init__(params, {**options, **switches})

    def check(self, group: Group) -> None:
        """Raise a `ValueError` if an option of the group is not usable."""
        at_least_zero(group, "lr", "alpha", "eps", "weight_decay", "momentum")

    def update(self, param: Float[Tensor, "..."], grad: Float[Tensor, "..."], group: Group) -> None:
        """Take one step with one parameter."""
        state, alpha = self.state[param], group["alpha"]
        count_step(state)
        if group["weight_decay"] != 0:
            grad = grad.add(param, alpha=group["weight_decay"])
        square_avg = buffer_like(param, state, "square_avg")
        square_avg.mul_(alpha).addcmul_(grad, grad, value=1 - alpha)
        size = square_avg
        if group["centered"]:
            grad_avg = buffer_like(param, state, "grad_avg").lerp_(grad, 1 - alpha)
            size = square_avg.addcmul(grad_avg, grad_avg, value=-1)
        size = size.sqrt().add_(group["eps"])
        if group["momentum"] > 0:
            buffer = buffer_like(param, state, "momentum_buffer")
            param.add_(buffer.mul_(group["momentum"]).addcdiv_(grad, size), alpha=-group["lr"])
        else:
            param.addcdiv_(grad, size, value=-group["lr"])


class Adam(Optimizer):
    """Divide an average of gradients by the root of an average of their squares.

    Algorithm 1 of [Kingma and Ba](https://arxiv.org/abs/1412.6980): `exp_avg` is their m,
    `exp_avg_sq` their v.

    Args:
        params: parameters or groups of them.
        lr: the learning rate.
        betas: the decays of the two averages.
        eps: added to the denominator.
        weight_decay: this times the parameter is added to its gradient.
        amsgrad: divide by the largest `exp_avg_sq` so far.
        maximize: go up instead of down.

    >>> import torch
    >>> w = torch.tensor([1.0], requires_grad=True)
    >>> optimizer = Adam([w], lr=0.1)
    >>> w.grad = torch.tensor([1000.0])
    >>> optimizer.step()
    >>> w
    tensor([0.9000], requires_grad=True)
    """

    def __init__(
        self,
        params: Params,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        options = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay}
        switches = {"amsgrad": amsgrad, "maximize": maximize, "decoupled_weight_decay": False}
        super().__init__(params, {**options, **switches})

    def check(self, group: Group) -> None:
        """Raise a `ValueError` if an option of the group is not usable."""
        at_least_zero(group, "lr", "eps", "weight_decay")
        if len(group["betas"]) != 2 or not all(0 <= beta < 1 for beta in group["betas"]):
            raise ValueError(f"expected two betas in [0, 1), got {group['betas']}")

    # --8<-- [start:adam_update]
    def update(self, param: Float[Tensor, "..."], grad: Float[Tensor, "..."], group: Group) -> None:
        """Take one step with one parameter."""
        state, lr, (beta1, beta2) = self.state[param], group["lr"], group["betas"]
        step = count_step(state)
        if group["decoupled_weight_decay"]:
            param.mul_(1 - lr * group["weight_decay"])
        elif group["weight_decay"] != 0:
            grad = grad.add(param, alpha=group["weight_decay"])
        exp_avg = buffer_like(param, state, "exp_avg").lerp_(grad, 1 - beta1)
        exp_avg_sq = buffer_like(param, state, "exp_avg_sq")
        exp_avg_sq.mul_(beta2).addcmul_(grad, grad, value=1 - beta2)
        if group["amsgrad"]:
            largest = buffer_like(param, state, "max_exp_avg_sq")
            exp_avg_sq = torch.maximum(largest, exp_avg_sq, out=largest)
        root = exp_avg_sq.sqrt().div_((1 - beta2**step) ** 0.5).add_(group["eps"])
        param.addcdiv_(exp_avg, root, value=-lr / (1 - beta1**step))

    # --8<-- [end:adam_update]


class AdamW(Adam):
    """Adam with decoupled weight decay: `p *= 1 - lr * weight_decay`, apart from the gradient.

    Algorithm 2 of [Loshchilov and Hutter](https://arxiv.org/abs/1711.05101), with PyTorch's
    convention that the learning rate multiplies the decay.

    Args:
        params: parameters or groups of them.
        lr: the learning rate.
        betas: the decays of the two averages.
        eps: added to the denominator.
        weight_decay: the share of the parameter, times `lr`, that is lost in each step.
        amsgrad: divide by the largest `exp_avg_sq` so far.
        maximize: go up instead of down.

    >>> import torch
    >>> w = torch.tensor([1.0], requires_grad=True)
    >>> optimizer = AdamW([w], lr=0.1, weight_decay=0.5)
    >>> w.grad = torch.tensor([0.0])
    >>> optimizer.step()
    >>> w
    tensor([0.9500], requires_grad=True)
    """

    def __init__(
        self,
        params: Params,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(params, lr, betas, eps, weight_decay, amsgrad, maximize=maximize)
        self.defaults["decoupled_weight_decay"] = True

    def check(self, group: Group) -> None:
        """Make the decay a decoupled one, whatever was loaded, and check the options."""
        group["decoupled_weight_decay"] = True
        super().check(group)
