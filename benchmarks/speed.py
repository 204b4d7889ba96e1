"""How fast the models of the package are, side by side with Transformers: `python -m benchmarks.speed` (`make bench`).

Each case runs ours, theirs and, where there is one, ours compiled in turn, round after round in one process, with the
same weights and the same inputs; before the first round their results are compared. What is kept are the medians of
the ratios within a round: they hold on a machine whose speed changes from minute to minute. In each round the limit of
the machine is measured too: floating-point operations a second in a large product of matrices, bytes a second in
the sum of a large matrix. Peak memory is counted, not timed, with `LiveBytes`.

The result goes into the data file that `snippets/gpt/figures/performance.py` draws. Some minutes on two cores that do
nothing else; with `--quick` some seconds, for small models, and nothing is written.
"""

import argparse
import json
import os
import platform
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import torch
import transformers
from torch import Tensor, nn
from torch.nn import functional

from reference_impl.attention import LiveBytes, few_rows_linear, weight_bytes
from reference_impl.bert import Bert, BertConfig
from reference_impl.bert import load_hugging_face as load_bert_state
from reference_impl.gpt import GPT, CachedLogits, GPTConfig, generate
from reference_impl.gpt import to_hugging_face as gpt_state
from reference_impl.t5 import T5, T5Config
from reference_impl.t5 import load_hugging_face as load_t5_state

DATA = Path(__file__).parents[1] / "snippets" / "gpt" / "figures" / "performance.json"


@dataclass(frozen=True)
class Sizes:
    """Sizes of all cases; by default those that the page shows."""

    dim: int = 384
    layers: int = 6
    heads: int = 6
    vocab: int = 8192
    batch: int = 4
    length: int = 256
    new_tokens: int = 96


QUICK = Sizes(dim=32, layers=2, heads=2, vocab=128, batch=2, length=16, new_tokens=4)


@dataclass(frozen=True)
class Case:
    """One comparison.

    Attributes:
        title: what is run.
        ours: runs it once; returns what must agree.
        theirs: the same by Transformers.
        compiled: makes a call of ours under `torch.compile`, or `None`.
        operations: floating-point operations that the products of matrices need, or 0.
        bytes_read: bytes of weights and cache that must be read, or 0.
    """

    title: str
    ours: Callable[[], Tensor]
    theirs: Callable[[], Tensor]
    compiled: Callable[[], Callable[[], Tensor]] | None = None
    operations: int = 0
    bytes_read: int = 0

    def seconds_at_the_limit(
        self, operations: Callable[[], float], read: Callable[[], float]
    ) -> float | None:
        """Measure the machine, and return how long it needs at the least, where that was counted."""
        if self.operations:
            return self.operations / operations()
        return self.bytes_read / read() if self.bytes_read else None


# The machine's limits ----------------------------------------------------------------------------------


def seconds(run: Callable[[], object]) -> float:
    """Time one call."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def limits(sizes: Sizes) -> tuple[Callable[[], float], Callable[[], float]]:
    """Return two measurements: operations a second, and bytes read a second."""
    side = 2048 if sizes.dim > QUICK.dim else 256
    a, b = torch.randn(2, side, side)
    table = torch.randn(4 * side, 4 * side)

    def operations() -> float:
        return 2 * side**3 / min(seconds(lambda: a @ b) for _ in range(3))

    def read() -> float:
        return table.nbytes / min(seconds(table.sum) for _ in range(3))

    return operations, read


# The cases ---------------------------------------------------------------------------------------------


def gpt_models(sizes: Sizes) -> tuple[GPT, Any]:
    """Return our GPT-2 and theirs, with the same weights and no dropout."""
    torch.manual_seed(0)
    ours = GPT(
        GPTConfig(
            vocab=sizes.vocab,
            context=2 * sizes.length,
            dim=sizes.dim,
            layers=sizes.layers,
            heads=sizes.heads,
        )
    )
    config = transformers.GPT2Config(
        vocab_size=sizes.vocab,
        n_positions=2 * sizes.length,
        n_embd=sizes.dim,
        n_layer=sizes.layers,
        n_head=sizes.heads,
        resid_pdrop=0.0,
        embd_pdrop=0.0,
        attn_pdrop=0.0,
        bos_token_id=None,
        eos_token_id=None,
        attn_implementation="sdpa",
    )
    theirs = transformers.GPT2LMHeadModel(config)
    theirs.load_state_dict(gpt_state(ours), strict=False)
    return ours, theirs


def products(sizes: Sizes, tokens: int) -> int:
    """Return the operations of one forward pass of a GPT: weights, logits and causal attention."""
    weights = 12 * sizes.dim**2 * sizes.layers + sizes.vocab * sizes.dim
    attention = (
        2 * sizes.length * sizes.dim * sizes.layers
    )  # scores and values, half of them hidden
    return 2 * tokens * weights + tokens * attention


def training_step(sizes: Sizes) -> Case:
    """Loss, backward, AdamW, of a GPT-2."""
    ours, theirs = gpt_models(sizes)
    ids = torch.randint(sizes.vocab, (sizes.batch, sizes.length + 1))
    inputs, targets = ids[:, :-1].contiguous(), ids[:, 1:].contiguous()
    copy = GPT(ours.config)
    copy.load_state_dict(ours.state_dict())

    def compiled() -> Callable[[], Tensor]:
        fast = torch.compile(copy.loss)
        return steps(copy, lambda: fast(inputs, targets))

    def steps(model: nn.Module, loss: Callable[[], Tensor]) -> Callable[[], Tensor]:
        optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, fused=True)

        def run() -> Tensor:
            value = loss()
            optimizer.zero_grad()
            value.backward()
            optimizer.step()
            return value.detach()

        return run

    return Case(
        "training step of a GPT-2",
        steps(ours, lambda: ours.loss(inputs, targets)),
        # shift_labels are the targets as they are: without it, theirs shifts labels itself
        steps(theirs, lambda: theirs(inputs, labels=targets, shift_labels=targets).loss),
        compiled,
        operations=3 * products(sizes, sizes.batch * sizes.length),
    )


def prefill(sizes: Sizes) -> Case:
    """Read a prompt into the cache, and make the logits of its last token."""
    ours, theirs = gpt_models(sizes)
    ids = torch.randint(sizes.vocab, (1, sizes.length))
    ours.eval()
    theirs.eval()

    def run() -> Tensor:
        return CachedLogits(ours, 1, sizes.length)(ids)

    @torch.inference_mode()
    def run_theirs() -> Tensor:
        logits: Tensor = theirs(ids, use_cache=True, logits_to_keep=1).logits[:, -1]
        return logits

    return Case(
        "reading a prompt, GPT-2", run, run_theirs, operations=products(sizes, sizes.length)
    )


def cached_decode(sizes: Sizes) -> Case:
    """Generate from a short prompt, greedily, one sequence, with a cache."""
    ours, theirs = gpt_models(sizes)
    ids = torch.randint(sizes.vocab, (1, 16))
    new = sizes.new_tokens
    theirs.eval()

    def run_theirs() -> Tensor:
        out: Tensor = theirs.generate(
            ids,
            attention_mask=torch.ones_like(ids),
            max_new_tokens=new,
            do_sample=False,
            pad_token_id=0,
        )
        return out

    cache = 2 * sizes.layers * sizes.dim * 4 * sum(16 + i for i in range(new))
    return Case(
        "decoding with a cache, GPT-2",
        lambda: generate(ours, ids, new),
        run_theirs,
        lambda: partial(generate, ours, ids, new, compiled=True),
        bytes_read=new * weight_bytes(_with_head(ours)) + cache,
    )


def _with_head(model: GPT) -> nn.Module:
    """The modules whose weights a step reads: all blocks, and the table as the output layer."""
    head = nn.Linear(model.config.dim, model.config.vocab, bias=False, device="meta")
    return nn.ModuleList([*model.blocks, model.norm, head])


def bert_forward(sizes: Sizes, padded: bool) -> Case:
    """Run the encoder over a batch, of full rows or of rows of many lengths."""
    torch.manual_seed(0)
    config = transformers.BertConfig(
        vocab_size=sizes.vocab,
        hidden_size=sizes.dim,
        num_hidden_layers=sizes.layers,
        num_attention_heads=sizes.heads,
        intermediate_size=4 * sizes.dim,
        max_position_embeddings=sizes.length,
        attn_implementation="sdpa",
    )
    theirs = transformers.BertModel(config, add_pooling_layer=False).eval()
    ours = Bert(BertConfig.from_hugging_face(config), pooler=False).eval()
    load_bert_state(ours, theirs.state_dict())
    ids = torch.randint(1, sizes.vocab, (2 * sizes.batch, sizes.length // 2))
    mask = torch.ones_like(ids)
    if padded:
        for row, length in enumerate(torch.linspace(4, ids.shape[1], len(ids)).int().tolist()):
            mask[row, length:] = 0
    real = mask.bool()[..., None]

    @torch.inference_mode()
    def run(model: nn.Module) -> Tensor:
        out: Tensor = model(ids, None, mask) * real
        return out

    @torch.inference_mode()
    def run_theirs() -> Tensor:
        out: Tensor = theirs(ids, attention_mask=mask).last_hidden_state * real
        return out

    def compiled() -> Callable[[], Tensor]:
        fast = torch.compile(ours)
        return lambda: run(fast)

    title = "BERT, rows of many lengths" if padded else "BERT, full rows"
    return Case(title, lambda: run(ours), run_theirs, compiled)


def t5_decode(sizes: Sizes) -> Case:
    """Encode a batch of sources and decode greedily."""
    torch.manual_seed(0)
    config = transformers.T5Config(
        vocab_size=sizes.vocab,
        d_model=sizes.dim,
        d_kv=sizes.dim // sizes.heads,
        d_ff=4 * sizes.dim,
        num_layers=sizes.layers,
        num_heads=sizes.heads,
        dropout_rate=0.0,
        decoder_start_token_id=0,
    )
    theirs = transformers.T5ForConditionalGeneration(config).eval()
    ours = T5(T5Config.from_hugging_face(config.to_dict())).eval()
    load_t5_state(ours, theirs.state_dict())
    ids = torch.randint(2, sizes.vocab, (sizes.batch, sizes.length // 4))

    def run_theirs() -> Tensor:
        out: Tensor = theirs.generate(
            ids,
            attention_mask=torch.ones_like(ids),
            max_new_tokens=sizes.new_tokens,
            do_sample=False,
        )
        return out

    return Case(
        "T5, sources encoded, targets decoded",
        lambda: ours.generate(ids, sizes.new_tokens),
        run_theirs,
    )


def cases(sizes: Sizes, only: str = "") -> Iterator[tuple[str, Case]]:
    """Make the cases one after the other, so that only one set of models is in memory."""
    makers: dict[str, Callable[[Sizes], Case]] = {
        "gpt_training_step": training_step,
        "gpt_prefill": prefill,
        "gpt_cached_decode": cached_decode,
        "bert_forward": lambda sizes: bert_forward(sizes, padded=False),
        "bert_forward_padded": lambda sizes: bert_forward(sizes, padded=True),
        "t5_greedy_decode": t5_decode,
    }
    for name, make in makers.items():
        if only in name:
            yield name, make(sizes)


# Measuring ---------------------------------------------------------------------------------------------


def agree(case: Case, fast: Callable[[], Tensor] | None = None) -> None:
    """Run all once and compare: a model that computes something else may be as fast as it likes."""
    theirs = case.theirs()
    for run in (case.ours, fast):
        if run is None:
            continue
        ours = run()  # compiles; the compiler's work is not timed
        if ours.is_floating_point():
            torch.testing.assert_close(ours, theirs, rtol=1e-3, atol=1e-3)
        elif not torch.equal(ours, theirs):
            ids = f"{ours.tolist()} and {theirs.tolist()}"
            raise RuntimeError(f"{case.title}: the ids differ, {ids}")


def peak_bytes(run: Callable[[], Tensor]) -> int:
    """Count the most bytes of tensors that one call held at once, beside what was there before."""
    with LiveBytes() as meter:
        run()
    return meter.peak


def spread(values: list[float]) -> dict[str, float]:
    """The median of a list, and its ends."""
    return {
        name: round(f(values), 3) for name, f in (("median", median), ("min", min), ("max", max))
    }


def measure(case: Case, sizes: Sizes, rounds: int, compiler: bool = True) -> dict[str, Any]:
    """Return the medians of a case: ratios of times, shares of the limit, and peak memory."""
    fast = case.compiled() if compiler and case.compiled is not None else None
    agree(case, fast)
    operations, read = limits(sizes)
    against: list[float] = []
    compiled: list[float] = []
    shares: dict[str, list[float]] = {"": [], "compiled_": []}
    for _ in range(rounds):
        ours, theirs = seconds(case.ours), seconds(case.theirs)
        against.append(ours / theirs)
        limit = case.seconds_at_the_limit(operations, read)
        if limit is not None:
            shares[""].append(limit / ours)
        if fast is not None:
            compiled_time = seconds(fast)
            compiled.append(compiled_time / theirs)
            if limit is not None:
                shares["compiled_"].append(limit / compiled_time)
    result: dict[str, Any] = {"title": case.title, "time_ours_over_theirs": spread(against)}
    if compiled:
        result["time_compiled_over_theirs"] = spread(compiled)
    what = "operations" if case.operations else "bytes"
    for prefix, share in shares.items():
        if share:
            result[f"{prefix}share_of_{what}_a_second"] = spread(share)
    result["peak_bytes"] = {"ours": peak_bytes(case.ours), "theirs": peak_bytes(case.theirs)}
    return result


def few_rows(sizes: Sizes, rounds: int) -> dict[str, dict[str, float]]:
    """Return how long the linear layers of one decode step take, ours over PyTorch's, by rows of input."""
    dim, hidden = sizes.dim, 4 * sizes.dim
    shapes = [(3 * dim, dim), (dim, dim), (hidden, dim), (dim, hidden)] * sizes.layers
    weights = [torch.randn(*shape) for shape in [*shapes, (sizes.vocab, dim)]]

    def through(linear: Callable[[Tensor, Tensor], Tensor], inputs: dict[int, Tensor]) -> None:
        for weight in weights:
            linear(inputs[weight.shape[1]], weight)

    results = {}
    for rows in (1, 4):
        inputs = {width: torch.randn(rows, width) for width in (dim, hidden)}
        ratios = []
        for _ in range(rounds):
            ours = seconds(partial(through, few_rows_linear, inputs))
            ratios.append(ours / seconds(partial(through, functional.linear, inputs)))
        results[str(rows)] = spread(ratios)
    return results


def processor() -> str:
    """The name of the processor, as far as the system tells."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def main(arguments: list[str] | None = None) -> dict[str, Any]:
    """Measure all cases and write the data file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=15, help="how often each case runs")
    parser.add_argument(
        "--quick", action="store_true", help="small models, two rounds, no compiler, no file"
    )
    parser.add_argument("--only", default="", help="cases whose name has this in it, no file")
    options = parser.parse_args(arguments)
    sizes, rounds = (QUICK, 2) if options.quick else (Sizes(), options.rounds)
    results = {}
    for name, case in cases(sizes, options.only):
        results[name] = measure(case, sizes, rounds, compiler=not options.quick)
        print(json.dumps({name: results[name]}, indent=1), flush=True)
    about = {
        "processor": processor(),
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
        "transformers": transformers.__version__,
        "date": datetime.now(UTC).date().isoformat(),
        "sizes": vars(sizes),
        "rounds": rounds,
    }
    with torch.inference_mode():
        data = {"about": about, "cases": results, "few_rows": few_rows(sizes, rounds)}
    print(json.dumps(data["few_rows"]))
    if not (options.quick or options.only):
        DATA.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    return data


if __name__ == "__main__":
    main()
