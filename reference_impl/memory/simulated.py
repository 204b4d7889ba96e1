"""Forward and backward of a `GPT` as memory sees them: storages that come and go, in order.

The order is that of PyTorch's autograd, read off what its profiler records. Nothing is computed.
"""

from collections import Counter
from dataclasses import dataclass, field

from reference_impl.gpt import GPTConfig

__all__ = ["SimulatedMemory", "SimulatedStep", "Storage"]

ROWS = 256  # that `GPT.loss` takes at a time
RANDOM_STATE = 5056  # bytes of the CPU generator's state, which each checkpoint keeps


@dataclass(eq=False)
class Storage:
    """One piece of memory, and how many hold it: the running code, and the graph.

    Examples:
        >>> Storage("activations", 512).holders
        1
    """

    part: "str"
    nbytes: "int"
    holders: "int" = 1


@dataclass
class SimulatedMemory:
    """Storages that come and go, and what was there when the sum was largest.

    Attributes:
        rounding: of sizes, in bytes.
        moment: the part of the step that runs now.
        live: bytes that are there now, by part.
        most: the same at the worst moment.
        at: that moment, and the operation that brought it.
        peaks: the most in each moment.

    Examples:
        >>> memory = SimulatedMemory(rounding=512)
        >>> first = memory.new("activations", 1000, "gelu")
        >>> memory.drop(first)
        >>> memory.live.total(), memory.most.total(), memory.at
        (0, 1024, ('states', 'gelu'))
    """

    rounding: "int" = 1
    moment: "str" = "states"
    live: "Counter[str]" = field(default_factory=Counter)
    most: "Counter[str]" = field(default_factory=Counter)
    at: "tuple[str, str]" = ("", "")
    peaks: "dict[str, int]" = field(default_factory=dict)

    # --8<-- [start:simulated_memory]
    def new(self, part: "str", nbytes: "int", during: "str" = "") -> "Storage":
        """Allocate a storage, and look whether there was ever more."""
        storage = Storage(part, -(-nbytes // self.rounding) * self.rounding)
        self.live[part] += storage.nbytes
        total = self.live.total()
        self.peaks[self.moment] = max(self.peaks.get(self.moment, 0), total)
        if total > self.most.total():
            self.most, self.at = self.live.copy(), (self.moment, during)
        return storage

    def drop(self, *storages: "Storage") -> "None":
        """Let go of storages. What nobody holds any more is freed."""
        for storage in storages:
            storage.holders -= 1
            if storage.holders == 0:
                self.live[storage.part] -= storage.nbytes

    # --8<-- [end:simulated_memory]


class SimulatedStep:
    """Forward and backward of a `GPT`. Each method is one operation: it brings and drops what that does.

    Args:
        memory: where storages are entered.
        config: of the model, without dropout and bands.
        batch: sequences.
        length: tokens of each.
        autocast: whether products are in bfloat16.
        cuda: whether kernels are those of a GPU.
        chunked: whether the loss takes some rows at a time.

    Examples:
        >>> memory = SimulatedMemory()
        >>> config = GPTConfig(vocab=50, context=8, dim=16, layers=2, heads=2)
        >>> step = SimulatedStep(memory, config, batch=2, length=8)
        >>> step.loss(step.forward())
        >>> memory.live["activations"] + memory.live["gradients"]  # as `gpt_activations` says
        38976
    """

    def __init__(
        self,
        memory: SimulatedMemory,
        config: GPTConfig,
        batch: int,
        length: int,
        *,
        autocast: bool = False,
        cuda: bool = False,
        chunked: bool = True,
    ) -> None:
        self.memory, self.config = memory, config
        self.autocast, self.cuda, self.chunked = autocast, cuda, chunked
        self.batch, self.length, self.tokens = batch, length, batch * length
        self.inner = config.heads * config.head_size
        self.size = 2 if autocast else 4  # of a number that a product reads or makes
        self.keeping = True  # what operations save; not in a block that will be recomputed
        self.saved: list[tuple[Storage, ...]] = []  # by the graph, last in, first out
        self.casts: list[Storage] = []  # that autocast remembers until its context ends
        self.inputs: list[tuple[Storage, Storage]] = []  # of blocks that will be recomputed

    def _made(self, what: str, numbers: int, size: int = 4) -> Storage:
        return self.memory.new("activations", numbers * size, what)

    def _passed(self, what: str, numbers: int, size: int = 4) -> Storage:
        return self.memory.new("temporaries", numbers * size, what)

    def _gradient(self, what: str, numbers: int) -> Storage:
        return self.memory.new("gradients", 4 * numbers, what)

    def _save(self, *storages: Storage) -> None:
        if self.keeping:
            for storage in storages:
                storage.holders += 1
            self.saved.append(storages)

    def _free_saved(self, gradient: Storage) -> None:
        """Free what an operation's backward has used: what the graph held, and the gradient."""
        self.memory.drop(*self.saved.pop(), gradient)

    def _operand(
        self, x: "Storage", fan_in: "int", fan_out: "int", *, full: "bool", bias: "bool" = True
    ) -> "Storage":
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
        self, x: "Storage", fan_in: "int", fan_out: "int", *, full: "bool", bias: "bool" = True
    ) -> "Storage":
        """Multiply by a weight and add a bias."""
        operand = self._operand(x, fan_in, fan_out, full=full, bias=bias)
        out = self._made("linear", self.tokens * fan_out, self.size)
        self.memory.drop(operand)
        return out

    # --8<-- [start:simulated_backward]
    def _linear_backward(
        self, g: "Storage", fan_in: "int", fan_out: "int", *, full: "bool", bias: "bool" = True
    ) -> "Storage":
        """Make the gradients of input, weight and bias. Under autocast they are cast back."""
        passed = self._passed("gradient of an input", self.tokens * fan_in, self.size)
        if not self.autocast:
            self._gradient("gradient of a weight", fan_in * fan_out)
            self._gradient("gradient of a bias", fan_out * bias)
            self._free_saved(g)
            return passed
        low = self._passed("gradient of a weight", fan_in * fan_out, 2)
        self._free_saved(g)
        if full:
            passed = self._raised(passed, self.tokens * fan_in)
        self._gradient("gradient of a weight", fan_in * fan_out)
        self.memory.drop(low)
        self._gradient("gradient of a bias", fan_out * bias)
        return passed

    # --8<-- [end:simulated_backward]

    def _raised(self, low: Storage, numbers: int) -> Storage:
        """Cast a gradient back to float32."""
        high = self._passed("cast of a gradient", numbers)
        self.memory.drop(low)
        return high

    def _lowered(self, g: Storage, numbers: int) -> Storage:
        """Return a gradient as a product takes it."""
        if self.autocast:
            return self._passed("cast of a gradient", numbers, 2)
        g.holders += 1
        return g

    def _sum(self, branch: Storage) -> Storage:
        """Add a branch to the residual stream. A CPU first casts it, where their types differ."""
        numbers = self.tokens * self.config.dim
        high = self._made("cast of a branch", numbers * (self.autocast and not self.cuda))
        out = self._made("sum", numbers)
        self.memory.drop(branch, high)
        return out

    def _norm(self, x: Storage) -> Storage:
        """Normalise. The graph keeps the input, a mean and an inverse deviation."""
        out = self._made("norm", self.tokens * self.config.dim)
        mean, deviation = (self._made("norm", self.tokens) for _ in range(2))
        self._save(x, mean, deviation)
        self.memory.drop(mean, deviation)
        return out

    def _norm_backward(self, g: Storage) -> Storage:
        passed = self._passed("gradient of a norm", self.tokens * self.config.dim)
        self._gradient("gradient of a norm", self.config.dim)
        self._gradient("gradient of a norm", self.config.dim)
        self._free_saved(g)
        return passed

    def _attention(self, qkv: "Storage") -> "Storage":
        """Attend with a fused kernel. The graph keeps inputs, output, and a number for each query."""
        out = self._made("attention", self.tokens * self.inner, self.size)
        sums = self._made("attention", self.tokens * self.config.heads)
        self._save(qkv, out, sums)
        self.memory.drop(sums)
        return out

    def _attention_backward(self, g: "Storage") -> "Storage":
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

    def _block(self, x: "Storage", *, recomputing: "bool" = False) -> "Storage":
        """Run a block. `recomputing` stops as soon as all is there that backward needs."""
        drop, dim, hidden = self.memory.drop, self.config.dim, self.config.hidden_size
        pre = self.config.norm == "pre"
        normed = self._norm(x) if pre else x
        qkv = self._linear(normed, dim, 3 * self.inner, full=True)
        mixed = self._attention(qkv)
        found = self._linear(mixed, self.inner, dim, full=False)
        drop(qkv, mixed, *([normed] if pre else []))
        between = self._sum(found)
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
        out = self._sum(down)
        drop(between if pre else normed)
        if not pre:
            total, out = out, self._norm(out)
            drop(total)
        return out

    def _block_backward(self, g: "Storage") -> "Storage":
        """Go back through a block; `g` is the gradient of what it returned."""
        drop, dim, hidden = self.memory.drop, self.config.dim, self.config.hidden_size
        pre, numbers = self.config.norm == "pre", self.tokens * dim
        if pre:
            low = self._lowered(g, numbers)
            state = self._recompute()
        else:
            state = self._recompute()
            g = self._norm_backward(g)
            low = self._lowered(g, numbers)
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
        drop(branch, *state)
        return g

    def _recompute(self) -> "list[Storage]":
        """Where a block kept its input alone: run it again, and keep what its operations save."""
        if not self.inputs:
            return []
        x, state = self.inputs.pop()
        now = self._random_state()
        self.memory.drop(self._block(x, recomputing=True), x, now, *self.casts)
        self.casts.clear()
        return [state]

    def _random_state(self) -> "Storage":
        return self._made("random state", 0 if self.cuda else RANDOM_STATE, 1)

    def forward(self, recompute: bool = False) -> Storage:
        """Run all but the loss; return the tokens as the output layer reads them."""
        numbers = self.tokens * self.config.dim
        self.positions = self._made("positions", self.length, 8)
        looked_up = [self._made("embedding", n) for n in (numbers, self.length * self.config.dim)]
        x = self._made("embedding", numbers)
        self.memory.drop(*looked_up)
        self.keeping = not recompute
        for _ in range(self.config.layers):
            if recompute:
                x.holders += 1
                self.inputs.append((x, self._random_state()))
            out = self._block(x)
            self.memory.drop(x)
            x = out
        self.keeping = True
        if not self.config.final_norm:
            return x
        hidden = self._norm(x)
        self.memory.drop(x)
        return hidden

    def loss(self, hidden: "Storage") -> "None":
        """Compute the loss: from all logits at once, or from some rows at a time."""
        tokens, dim, vocab = self.tokens, self.config.dim, self.config.vocab
        if self.chunked:
            rows = min(ROWS, tokens)
            logits = self._passed("logits of some rows", rows * vocab)
            self.stashed = self._made("gradient of the tokens", tokens * dim)
            self.table = self._gradient("gradient of the table", vocab * dim)
            each = self._passed("numbers for each row", 13 * tokens + 8 * rows, 1)
            found = self._passed("rows of the table", rows * dim)
            self.memory.drop(found, logits, each, hidden, *self.casts)
            self.casts.clear()
            return
        logits = self._linear(hidden, dim, vocab, full=True, bias=False)
        if (
            self.autocast and self.cuda
        ):  # there the log-probabilities are in bfloat16, and cast then
            logs = self._made("log-probabilities", tokens * vocab, 2)
            self._save(logs)
            high = self._made("log-probabilities in float32", tokens * vocab)
            self._save(high)
        else:
            high = self._passed("logits in float32", tokens * vocab * self.autocast)
            logs = self._made("log-probabilities", tokens * vocab)
            self._save(logs)
        self.memory.drop(high, logits, logs, hidden, *self.casts)
        self.casts.clear()

    def loss_backward(self) -> "Storage":
        """Return the gradient of the tokens. That of the table waits for the embedding's."""
        tokens, dim, vocab = self.tokens, self.config.dim, self.config.vocab
        if self.chunked:  # zeros, as gradients of outputs that nobody used
            self.memory.drop(*[self._passed("zeros", n * dim) for n in (tokens, vocab)])
            return self.stashed
        chosen = self._passed("gradient of log-probabilities", tokens * vocab)
        if self.autocast and self.cuda:
            self.memory.drop(*self.saved.pop())
            low = self._lowered(chosen, tokens * vocab)
            self.memory.drop(chosen)
            logits = self._passed("gradient of logits", tokens * vocab, 2)
            self._free_saved(low)
        else:
            high = self._passed("gradient of logits", tokens * vocab)
            self._free_saved(chosen)
            logits = self._lowered(high, tokens * vocab)
            self.memory.drop(high)
        return self._linear_backward(logits, dim, vocab, full=True, bias=False)

    def backward(self, g: Storage) -> None:
        """Go back through all but the loss."""
        dim = self.config.dim
        if self.config.final_norm:
            g = self._norm_backward(g)
        for _ in range(self.config.layers):
            g = self._block_backward(g)
        places = self._passed("sum over the batch", (self.batch > 1) * self.length * dim)
        self._gradient("gradient of positions", self.config.context * dim)
        self.memory.drop(places, self.positions)
        rows = self._passed("gradient of the embedding", self.config.vocab * dim)
        self.memory.drop(g, rows)  # added to the gradient of the table, in place
