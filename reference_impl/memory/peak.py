"""The peak of a training step of a `GPT`, played through storage by storage before anything runs.

A step, as memory sees it, is a list of storages that come and go. Here the same list is made from a
config: forward, loss, backward and the optimizer's step. The most that is there at once is read off.
"""

# --8<-- [start:peak_imports]
from collections import Counter
from dataclasses import dataclass, field

# --8<-- [end:peak_imports]
import torch

from reference_impl.gpt import GPT, GPTConfig
from reference_impl.memory.estimate import OPTIMIZERS, model_states

__all__ = ["KERNELS", "LOOPS", "PeakEstimate", "estimate_peak"]

KERNELS = ("cpu", "cuda")
LOOPS = ("loop", "foreach", "fused")
ROUNDING = 512  # bytes: `kMinBlockSize` of PyTorch's allocator on a GPU
WORKSPACES = (
    2 * 32 * 2**20
)  # bytes of cuBLAS on a Hopper GPU: one for forward's thread, one for backward's
ROWS = 256  # that `GPT.loss` takes at a time
RANDOM_STATE = 5056  # bytes of the CPU generator's state, which each checkpoint keeps


@dataclass(frozen=True)
class PeakEstimate:
    """What is there at the worst moment of a step, and how much at others.

    Attributes:
        peak: bytes at the worst moment.
        moment: which that is: `forward`, `loss`, `backward` or `step`.
        during: the operation that brings it.
        parts: what is there then, in bytes.
        after_forward: bytes between forward and backward.
        after_backward: bytes between backward and the step.
        peaks: the most of each moment.

    Examples:
        >>> config = GPTConfig(vocab=50, context=8, dim=16, layers=2, heads=2)
        >>> estimate = estimate_peak(config, batch=4, length=8)
        >>> estimate.peak == max(estimate.peaks.values()) == sum(estimate.parts.values())
        True
    """

    peak: int
    moment: str
    during: str
    parts: dict[str, int]
    after_forward: int
    after_backward: int
    peaks: dict[str, int]


# --8<-- [start:peak_memory]
@dataclass(eq=False)
class _Storage:
    """One piece of memory, and how many hold it: the running code, and the graph."""

    part: "str"
    nbytes: "int"
    holders: "int" = 1


@dataclass
class _Memory:
    """Storages that come and go, and what was there when the sum was largest."""

    rounding: "int" = 1
    moment: "str" = "states"
    live: "Counter[str]" = field(default_factory=Counter)
    most: "Counter[str]" = field(default_factory=Counter)
    at: "tuple[str, str]" = ("", "")
    peaks: "dict[str, int]" = field(default_factory=dict)

    def new(self, part: "str", nbytes: "int", during: "str" = "") -> "_Storage":
        """Allocate a storage, and look whether there was ever more."""
        storage = _Storage(part, -(-nbytes // self.rounding) * self.rounding)
        self.live[part] += storage.nbytes
        total = self.live.total()
        self.peaks[self.moment] = max(self.peaks.get(self.moment, 0), total)
        if total > self.most.total():
            self.most, self.at = self.live.copy(), (self.moment, during)
        return storage

    def drop(self, *storages: "_Storage") -> "None":
        """Let go of storages. What nobody holds any more is freed."""
        for storage in storages:
            storage.holders -= 1
            if storage.holders == 0:
                self.live[storage.part] -= storage.nbytes


# --8<-- [end:peak_memory]


class _Step:
    """Forward and backward of a `GPT`. Each method is one operation: it brings and drops what that does."""

    def __init__(
        self,
        memory: _Memory,
        config: GPTConfig,
        batch: int,
        length: int,
        autocast: bool,
        cuda: bool,
    ) -> None:
        self.memory, self.config, self.cuda = memory, config, cuda
        self.batch, self.length, self.tokens = batch, length, batch * length
        self.inner = config.heads * config.head_size
        self.autocast, self.size = autocast, 2 if autocast else 4  # of a product's numbers
        self.keeping = True  # what operations save; not in a block that will be recomputed
        self.saved: list[tuple[_Storage, ...]] = []  # by the graph, last in, first out
        self.casts: list[_Storage] = []  # that autocast remembers until its context ends
        self.inputs: list[_Storage] = []  # of blocks that will be recomputed

    def _made(self, what: str, numbers: int, size: int = 4) -> _Storage:
        return self.memory.new("activations", numbers * size, what)

    def _passed(self, what: str, numbers: int, size: int = 4) -> _Storage:
        return self.memory.new("temporaries", numbers * size, what)

    def _gradient(self, what: str, numbers: int) -> _Storage:
        return self.memory.new("gradients", 4 * numbers, what)

    def _save(self, *storages: _Storage) -> None:
        if self.keeping:
            for storage in storages:
                storage.holders += 1
            self.saved.append(storages)

    def _free_saved(self, gradient: _Storage) -> None:
        """Free what an operation's backward has used: what the graph held, and the gradient."""
        self.memory.drop(*self.saved.pop(), gradient)

    # --8<-- [start:peak_linear]
    def _operand(
        self, x: "_Storage", fan_in: "int", fan_out: "int", *, full: "bool", bias: "bool" = True
    ) -> "_Storage":
        """Return what a product reads, and keep it. Under autocast, casts come first.

        `full` says that x is in float32.
        """
        if not self.autocast:
            x.holders += 1
            self._save(x)
            return x
        self.casts.append(self._made("cast of a bias", fan_out * bias, 2))
        self.casts.append(self._made("cast of a weight", fan_in * fan_out, 2))
        if full:
            x = self._made("cast of an input", self.tokens * fan_in, 2)
        else:
            x.holders += 1
        self._save(x, self.casts[-1])
        return x

    def _linear(
        self, x: "_Storage", fan_in: "int", fan_out: "int", *, full: "bool", bias: "bool" = True
    ) -> "_Storage":
        """Multiply by a weight and add a bias."""
        operand = self._operand(x, fan_in, fan_out, full=full, bias=bias)
        out = self._made("linear", self.tokens * fan_out, self.size)
        self.memory.drop(operand)
        return out

    def _linear_backward(
        self, g: "_Storage", fan_in: "int", fan_out: "int", *, full: "bool"
    ) -> "_Storage":
        """Make the gradients of input, weight and bias. Under autocast they are cast back."""
        passed = self._passed("gradient of an input", self.tokens * fan_in, self.size)
        if not self.autocast:
            self._gradient("gradient of a weight", fan_in * fan_out)
            self._gradient("gradient of a bias", fan_out)
            self._free_saved(g)
            return passed
        low = self._passed("gradient of a weight", fan_in * fan_out, 2)
        self._free_saved(g)
        if full:
            passed = self._raised(passed, self.tokens * fan_in)
        self._gradient("gradient of a weight", fan_in * fan_out)
        self.memory.drop(low)
        self._gradient("gradient of a bias", fan_out)
        return passed

    # --8<-- [end:peak_linear]

    def _raised(self, low: _Storage, numbers: int) -> _Storage:
        """Cast a gradient back to float32."""
        high = self._passed("cast of a gradient", numbers)
        self.memory.drop(low)
        return high

    def _lowered(self, g: _Storage, numbers: int) -> _Storage:
        """Return a gradient as a product takes it."""
        if self.autocast:
            return self._passed("cast of a gradient", numbers, 2)
        g.holders += 1
        return g

    def _norm(self, x: _Storage) -> _Storage:
        """Normalise. The graph keeps the input, a mean and an inverse deviation."""
        out = self._made("norm", self.tokens * self.config.dim)
        mean, deviation = (self._made("norm", self.tokens) for _ in range(2))
        self._save(x, mean, deviation)
        self.memory.drop(mean, deviation)
        return out

    def _norm_backward(self, g: _Storage) -> _Storage:
        passed = self._passed("gradient of a norm", self.tokens * self.config.dim)
        self._gradient("gradient of a norm", self.config.dim)
        self._gradient("gradient of a norm", self.config.dim)
        self._free_saved(g)
        return passed

    # --8<-- [start:peak_attention]
    def _attention(self, qkv: "_Storage") -> "_Storage":
        """Attend with a fused kernel. The graph keeps inputs, output, and a number for each query."""
        out = self._made("attention", self.tokens * self.inner, self.size)
        sums = self._made("attention", self.tokens * self.config.heads)
        self._save(qkv, out, sums)
        self.memory.drop(sums)
        return out

    def _attention_backward(self, g: "_Storage") -> "_Storage":
        """Make the gradients of queries, keys and values, stack them, and put them in order."""
        numbers = self.tokens * self.inner
        each = [self._passed("gradient of attention", numbers, self.size) for _ in range(3)]
        if self.cuda:
            padded = self.batch * self.config.heads * -(-self.length // 128) * 128
            width = -(-self.config.head_size // 32) * 32 if self.autocast else 0
            self.memory.drop(self._passed("attention, inside", padded * (width + 1)))
        self._free_saved(g)
        stacked = self._passed("gradients, stacked", 3 * numbers, self.size)
        self.memory.drop(*each)
        ordered = self._passed("gradients, in order", 3 * numbers, self.size)
        self.memory.drop(stacked)
        return ordered

    # --8<-- [end:peak_attention]

    # --8<-- [start:peak_block]
    def _block(self, x: "_Storage", *, recomputing: "bool" = False) -> "_Storage":
        """Run a block. `recomputing` stops as soon as all is there that backward needs."""
        drop, dim, hidden = self.memory.drop, self.config.dim, self.config.hidden_size
        pre = self.config.norm == "pre"
        normed = self._norm(x) if pre else x
        qkv = self._linear(normed, dim, 3 * self.inner, full=True)
        mixed = self._attention(qkv)
        found = self._linear(mixed, self.inner, dim, full=False)
        drop(qkv, mixed, *([normed] if pre else []))
        between = self._made("sum", self.tokens * dim)
        drop(found)
        normed = self._norm(between)
        if not pre:
            drop(between)
        up = self._linear(normed, dim, hidden, full=True)
        self._save(up)
        bent = self._made("gelu", self.tokens * hidden, self.size)
        drop(up)
        if recomputing and pre:
            drop(self._operand(bent, hidden, dim, full=False), bent, normed)
            return between
        down = self._linear(bent, hidden, dim, full=False)
        drop(bent, *([normed] if pre else []))
        out = self._made("sum", self.tokens * dim)
        drop(down, between if pre else normed)
        if not pre:
            total, out = out, self._norm(out)
            drop(total)
        return out

    def _block_backward(self, g: "_Storage") -> "_Storage":
        """Go back through a block; `g` is the gradient of what it returned."""
        drop, dim, hidden = self.memory.drop, self.config.dim, self.config.hidden_size
        pre, numbers = self.config.norm == "pre", self.tokens * dim
        if not pre:
            self._recompute()
            g = self._norm_backward(g)
        low = self._lowered(g, numbers)
        if pre:
            self._recompute()
        bent = self._linear_backward(low, hidden, dim, full=False)
        up = self._passed("gradient of gelu", self.tokens * hidden, self.size)
        self._free_saved(bent)
        branch = self._linear_backward(up, dim, hidden, full=True)
        branch = self._norm_backward(branch) if pre else branch
        drop(branch)  # added to g, in place
        g = g if pre else self._norm_backward(g)
        mixed = self._linear_backward(self._lowered(g, numbers), self.inner, dim, full=False)
        ordered = self._attention_backward(mixed)
        branch = self._linear_backward(ordered, dim, 3 * self.inner, full=True)
        branch = self._norm_backward(branch) if pre else branch
        drop(branch)
        return g

    def _recompute(self) -> "None":
        """Where a block kept its input alone: run it again, and keep what its operations save."""
        if self.inputs:
            x = self.inputs.pop()
            self.memory.drop(self._block(x, recomputing=True), x, *self.casts)
            self.casts.clear()

    # --8<-- [end:peak_block]

    def forward(self, recompute: bool) -> _Storage:
        """Run all but the loss; return the tokens as the output layer reads them."""
        numbers = self.tokens * self.config.dim
        self._made("positions", self.length, 8)
        looked_up = [self._made("embedding", n) for n in (numbers, self.length * self.config.dim)]
        x = self._made("embedding", numbers)
        self.memory.drop(*looked_up)
        self.keeping = not recompute
        for _ in range(self.config.layers):
            if recompute:
                x.holders += 1
                self.inputs.append(x)
                self._made("random state", 0 if self.cuda else RANDOM_STATE, 1)
            out = self._block(x)
            self.memory.drop(x)
            x = out
        self.keeping = True
        if not self.config.final_norm:
            return x
        hidden = self._norm(x)
        self.memory.drop(x)
        return hidden

    # --8<-- [start:peak_loss]
    def loss(self, hidden: "_Storage") -> "None":
        """Compute the loss: some rows at a time, or under autocast with all logits at once."""
        tokens, dim, vocab = self.tokens, self.config.dim, self.config.vocab
        if not self.autocast:
            rows = min(ROWS, tokens)
            logits = self._passed("logits of some rows", rows * vocab)
            self.stashed = self._made("gradient of the tokens", tokens * dim)
            self.table = self._gradient("gradient of the table", vocab * dim)
            self.memory.drop(self._passed("rows of the table", rows * dim), logits, hidden)
            return
        logits = self._linear(hidden, dim, vocab, full=True, bias=False)
        high = self._passed("logits in float32", tokens * vocab)
        logs = self._made("log-probabilities", tokens * vocab)
        self._save(logs)
        self.memory.drop(high, logits, logs, hidden, *self.casts)
        self.casts.clear()

    def loss_backward(self) -> "_Storage":
        """Return the gradient of the tokens. That of the table waits for the embedding's."""
        tokens, dim, vocab = self.tokens, self.config.dim, self.config.vocab
        if not self.autocast:  # zeros, as gradients of outputs that nobody used
            self.memory.drop(*[self._passed("zeros", n * dim) for n in (tokens, vocab)])
            return self.stashed
        chosen = self._passed("gradient of log-probabilities", tokens * vocab)
        high = self._passed("gradient of logits", tokens * vocab)
        self._free_saved(chosen)
        logits = self._lowered(high, tokens * vocab)
        self.memory.drop(high)
        table = self._passed("gradient of the table", vocab * dim, 2)
        g = self._passed("gradient of the tokens", tokens * dim, 2)
        self._free_saved(logits)
        g = self._raised(g, tokens * dim)
        self.table = self._gradient("gradient of the table", vocab * dim)
        self.memory.drop(table)
        return g

    # --8<-- [end:peak_loss]

    def backward(self, g: _Storage) -> None:
        """Go back through all but the loss."""
        dim = self.config.dim
        if self.config.final_norm:
            g = self._norm_backward(g)
        for _ in range(self.config.layers):
            g = self._block_backward(g)
        places = self._passed("sum over the batch", (self.batch > 1) * self.length * dim)
        self._gradient("gradient of positions", self.config.context * dim)
        self.memory.drop(places)
        rows = self._passed("gradient of the embedding", self.config.vocab * dim)
        self.memory.drop(g, rows)  # added to the gradient of the table, in place


def _check(config: GPTConfig, precision: str, optimizer: str, loop: str, kernels: str) -> None:
    for name, value, known in (
        ("a precision", precision, ("float32", "autocast")),
        ("an optimizer", optimizer, tuple(OPTIMIZERS)),
        ("a loop", loop, LOOPS),
        ("kernels", kernels, KERNELS),
    ):
        if value not in known:
            raise ValueError(f"expected {name} of {', '.join(known)}, got {value!r}")
    if config.dropout > 0 or config.band is not None:
        raise ValueError(
            "expected a config without dropout and without bands, "
            f"got dropout={config.dropout} and band={config.band}"
        )


def estimate_peak(
    config: GPTConfig,
    batch: int,
    length: int,
    precision: str = "float32",
    optimizer: str = "adamw",
    loop: str = "foreach",
    *,
    step: int = 2,
    recompute: bool = False,
    kernels: str = "cpu",
) -> PeakEstimate:
    """Return the peak of one training step: `GPT.loss`, `backward`, and the optimizer's `step`.

    Args:
        config: of the model, without dropout and bands.
        batch: sequences.
        length: tokens of each.
        precision: `float32`, or `autocast` in bfloat16.
        optimizer: `sgd`, `momentum` or `adamw`, of `torch.optim`.
        loop: how it goes over the weights: `loop`, `foreach` or `fused`.
        step: 1 for the first, in which there is no state before `step`; all later ones are alike.
        recompute: whether each block runs under `torch.utils.checkpoint`.
        kernels: `cpu`, or `cuda` for a Hopper GPU: sizes in multiples of 512 bytes, what attention
            needs inside, and cuBLAS's workspaces.

    Raises:
        ValueError: a name is unknown, a size is less than 1 or more than the context, or the config
            has dropout or bands.

    Examples:
        >>> config = GPTConfig.gpt2(dropout=0.0)
        >>> for step in (1, 2):
        ...     estimate = estimate_peak(config, 8, 1024, "autocast", step=step)
        ...     print(estimate.moment, round(estimate.peak / 2**20))
        loss 0
        loss 0
    """
    _check(config, precision, optimizer, loop, kernels)
    if min(batch, length, step) < 1 or length > config.context:
        raise ValueError(
            f"expected a batch and a step of at least 1 and a length from 1 to {config.context}, "
            f"got {batch}, {step} and {length}"
        )
    cuda = kernels == "cuda"
    with torch.device("meta"):
        sizes = [p.numel() for p in GPT(config).parameters()]
    states = model_states(sizes, "float32", optimizer, foreach=loop == "foreach")
    memory = _Memory(ROUNDING if cuda else 1)
    memory.new("workspaces", WORKSPACES * cuda)
    memory.new("inputs", 2 * 8 * batch * length)
    memory.new("parameters", states.parameters)
    memory.new("optimizer", states.optimizer * (step > 1))
    run = _Step(memory, config, batch, length, precision == "autocast", cuda)
    memory.moment = "forward"
    hidden = run.forward(recompute)
    memory.moment = "loss"
    run.loss(hidden)
    after_forward = memory.live.total()
    g = run.loss_backward()
    memory.moment = "backward"
    run.backward(g)
    after_backward = memory.live.total()
    memory.moment = "step"
    memory.new("optimizer", states.optimizer * (step == 1), "state")
    memory.new("temporaries", states.step_temporaries * (loop != "fused"), "divisors")
    parts = {part: nbytes for part, nbytes in memory.most.items() if nbytes}
    peaks = {name: nbytes for name, nbytes in memory.peaks.items() if name != "states"}
    total = memory.most.total()
    return PeakEstimate(total, *memory.at, parts, after_forward, after_backward, peaks)
