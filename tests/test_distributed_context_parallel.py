"""Ring attention, Ulysses and the gathered way: PyTorch's attention over the whole sequence, and its gradients."""

import os
import signal

import pytest
import torch
from torch import distributed, nn
from torch.distributed.device_mesh import init_device_mesh
from torch.nn.functional import cross_entropy, scaled_dot_product_attention

from reference_impl.attention import MultiHeadAttention, scaled_dot_product
from reference_impl.distributed import (
    RankError,
    RingLog,
    Traffic,
    all_gather_attention,
    chunks_of,
    context_parallel_bytes,
    heads_to_sequence,
    join_sequence,
    ring_attention,
    run_ranks,
    sequence_to_heads,
    split_sequence,
    ulysses_attention,
)

# float64: only the order of sums differs. float32: rtol 1.3e-6 of assert_close, and 1e-5 absolutely.
TOLERANCE = {torch.float64: {"rtol": 1e-10, "atol": 1e-12}, torch.float32: {"rtol": 1.3e-6, "atol": 1e-5}}  # fmt: skip  # a table reads as a table


def inputs(batch, heads, length, head_dim, dtype=torch.float64, kv_heads=None, seed=0):
    torch.manual_seed(seed)
    sizes = (heads, kv_heads or heads, kv_heads or heads, heads)
    q, k, v, weight = (torch.randn(batch, n, length, head_dim, dtype=dtype) for n in sizes)
    return [3 * q, k, v], weight


def gradients(attend, tensors, weight):
    tensors = [x.clone().requires_grad_() for x in tensors]
    out = attend(*tensors)
    (out * weight).sum().backward()
    return [out.detach(), *(x.grad for x in tensors)]


def on_ranks(attend, tensors, weight, world_size, layout):
    def work(rank):
        parts = [split_sequence(x, rank, world_size, layout=layout) for x in (*tensors, weight)]
        return gradients(attend, parts[:-1], parts[-1])

    found = run_ranks(work, world_size)
    return [join_sequence(list(parts), layout=layout) for parts in zip(*found, strict=True)]


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("world_size", [1, 2, 4])
@pytest.mark.parametrize(("causal", "layout"), [(False, "zigzag"), (True, "contiguous"), (True, "zigzag")])  # fmt: skip  # a table reads as a table
def test_a_ring_is_attention_over_the_whole_sequence(dtype, world_size, causal, layout):
    tensors, weight = inputs(2, 3, 8 * world_size, 5, dtype)
    found = on_ranks(
        lambda q, k, v: ring_attention(q, k, v, causal=causal, layout=layout),
        tensors, weight, world_size, layout,
    )  # fmt: skip  # a table reads as a table
    expected = gradients(
        lambda q, k, v: scaled_dot_product_attention(q, k, v, is_causal=causal), tensors, weight
    )
    for ours, wanted in zip(found, expected, strict=True):
        torch.testing.assert_close(ours, wanted, **TOLERANCE[dtype])


def test_a_ring_of_three_with_chunks_of_one_token_and_a_scale():
    tensors, weight = inputs(1, 1, 6, 4)
    found = on_ranks(
        lambda q, k, v: ring_attention(q, k, v, causal=True, scale=0.3), tensors, weight, 3, "zigzag"
    )  # fmt: skip  # a table reads as a table
    expected = gradients(
        lambda q, k, v: scaled_dot_product_attention(q, k, v, is_causal=True, scale=0.3),
        tensors,
        weight,
    )
    torch.testing.assert_close(found, expected)


def test_a_ring_keeps_sums_of_bfloat16_in_float32():
    """As good as PyTorch's kernel: against float64, no error is larger than 1.5 times the kernel's largest."""
    tensors, weight = inputs(1, 2, 32, 8, torch.bfloat16)
    found = on_ranks(
        lambda q, k, v: ring_attention(q, k, v, causal=True), tensors, weight, 2, "zigzag"
    )
    kernel = gradients(
        lambda q, k, v: scaled_dot_product_attention(q, k, v, is_causal=True), tensors, weight
    )
    exact = gradients(
        lambda q, k, v: scaled_dot_product_attention(q, k, v, is_causal=True),
        [x.double() for x in tensors],
        weight.double(),
    )
    for ours, theirs, wanted in zip(found, kernel, exact, strict=True):
        assert ours.dtype == torch.bfloat16
        assert (ours - wanted).abs().max() <= 1.5 * (theirs - wanted).abs().max()


@pytest.mark.parametrize("attend", [ulysses_attention, all_gather_attention])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("world_size", [1, 2, 4])
@pytest.mark.parametrize(("causal", "kv_heads"), [(False, 8), (True, 8), (True, 4)])
def test_ulysses_and_the_gathered_way_are_attention_too(
    attend, dtype, world_size, causal, kv_heads
):
    tensors, weight = inputs(2, 8, 6 * world_size, 5, dtype, kv_heads)
    found = on_ranks(
        lambda q, k, v: attend(q, k, v, causal=causal), tensors, weight, world_size, "contiguous"
    )
    expected = gradients(
        lambda q, k, v: scaled_dot_product(q, k, v, causal=causal), tensors, weight
    )
    for ours, wanted in zip(found, expected, strict=True):
        torch.testing.assert_close(ours, wanted, **TOLERANCE[dtype])


@pytest.mark.parametrize("layout", ["contiguous", "zigzag"])
@pytest.mark.parametrize("world_size", [1, 2, 3, 4])
def test_work_and_owners_are_the_formulas(layout, world_size):
    tensors, _ = inputs(1, 1, 4 * world_size, 2)

    def work(rank):
        log = RingLog()
        parts = [split_sequence(x, rank, world_size, layout=layout) for x in tensors]
        ring_attention(*parts, causal=True, layout=layout, log=log)
        return log

    for rank, log in enumerate(run_ranks(work, world_size)):
        assert log.owners == [(rank - step) % world_size for step in range(world_size)]
        total = 2 * world_size + 1 if layout == "zigzag" else 4 * rank + 3
        assert sum(log.work) == total
        assert log.work[0] == 3
        if layout == "zigzag":
            assert log.work[1:] == [2] * (world_size - 1)


@pytest.mark.parametrize("world_size", [1, 2, 4])
def test_bytes_sent_are_the_formulas(world_size):
    sizes = {"batch": 2, "heads": 4, "length": 8 * world_size, "head_dim": 3}
    tensors, _ = inputs(2, 4, 8 * world_size, 3)

    def work(rank):
        parts = [split_sequence(x, rank, world_size).requires_grad_() for x in tensors]
        log, ulysses, gathered = RingLog(), Traffic(), Traffic()
        ring_attention(*parts, log=log).sum().backward()
        ulysses_attention(*parts, traffic=ulysses)
        all_gather_attention(*parts, traffic=gathered)
        return log, ulysses.sent, gathered.sent

    part = 2 * 4 * 8 * 3 * 8
    for log, ulysses, gathered in run_ranks(work, world_size):
        for scheme, sent in (("ring", log.forward_bytes), ("ulysses", ulysses), ("all-gather", gathered)):  # fmt: skip  # a table reads as a table
            assert sent == context_parallel_bytes(scheme, world_size, **sizes, bytes_per_number=8)
        hops = (world_size - 1) + world_size if world_size > 1 else 0
        assert log.backward_bytes == 2 * hops * part


@pytest.mark.parametrize("layout", ["contiguous", "zigzag"])
def test_splitting_and_joining_are_inverse(layout):
    x = torch.randn(2, 12, 3)
    parts = [split_sequence(x, rank, 3, layout=layout) for rank in range(3)]
    assert torch.equal(join_sequence(parts, layout=layout), x)
    assert sorted(c for rank in range(5) for c in chunks_of(rank, 5, layout)) == list(range(10))


def test_heads_and_sequence_change_places_and_back():
    x = torch.randn(2, 6, 12, 3)

    def work(rank):
        part = x.chunk(3, 2)[rank]
        heads = sequence_to_heads(part)
        assert torch.equal(heads, x.chunk(3, 1)[rank])
        return torch.equal(heads_to_sequence(heads), part)

    assert run_ranks(work, 3) == [True] * 3


# --- a small language model, trained


class Model(nn.Module):
    """Embedding with positions, two residual attention layers, output layer."""

    def __init__(self):
        super().__init__()
        self.tokens, self.places = nn.Embedding(11, 8), nn.Embedding(16, 8)
        self.layers = nn.ModuleList([MultiHeadAttention(8, 4) for _ in range(2)])
        self.out = nn.Linear(8, 11)

    def forward(self, ids, positions, attend):
        x = self.tokens(ids) + self.places(positions)
        for layer in self.layers:
            x = x + layer.merge(attend(layer.project_q(x), *layer.project_kv(x)))
        return self.out(x)


def train(model, ids, targets, positions, attend, total, reduce):
    """Four steps; the loss is a sum over this rank's tokens, divided by the tokens of all ranks."""
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5, momentum=0.9)
    for _ in range(4):
        logits = model(ids, positions, attend)
        loss = cross_entropy(logits.flatten(0, 1), targets.flatten(), reduction="sum") / total
        optimizer.zero_grad()
        loss.backward()
        for p in model.parameters():
            reduce(p.grad)
        optimizer.step()
    return [p.detach() for p in model.parameters()], [p.grad for p in model.parameters()]


SCHEMES = {
    "ring": (lambda *qkv: ring_attention(*qkv, causal=True), "zigzag"),
    "ulysses": (lambda *qkv: ulysses_attention(*qkv, causal=True), "contiguous"),
    "all-gather": (lambda *qkv: all_gather_attention(*qkv, causal=True), "contiguous"),
}


@pytest.mark.parametrize("world_size", [2, 4])
@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_model_trains_as_on_one_process(scheme, world_size):
    """float64; weights and gradients after four steps, rtol 1e-7."""
    torch.manual_seed(0)
    model = Model().double()
    ids = torch.randint(11, (2, 17))
    attend, layout = SCHEMES[scheme]
    whole = [ids[:, :-1], ids[:, 1:], torch.arange(16)]

    def work(rank):
        parts = [split_sequence(x, rank, world_size, layout=layout, dim=-1) for x in whole]
        return train(model, *parts, attend, 32, distributed.all_reduce)

    found = run_ranks(work, world_size)
    expected = train(model, *whole, lambda *qkv: scaled_dot_product(*qkv, causal=True), 32, id)
    for part in found:
        torch.testing.assert_close(part, expected)


def test_context_and_data_ranks_compose_on_a_mesh():
    """Rows over one dimension, tokens over the other; gradients added up over all four ranks."""
    torch.manual_seed(0)
    model = Model().double()
    ids = torch.randint(11, (2, 17))
    whole = [ids[:, :-1], ids[:, 1:], torch.arange(16)]

    def work(rank):
        mesh = init_device_mesh("cpu", (2, 2), mesh_dim_names=("data", "context"))
        group, row = mesh["context"].get_group(), mesh["data"].get_local_rank()
        place = mesh["context"].get_local_rank()
        parts = [split_sequence(x, place, 2, dim=-1) for x in whole]
        parts = [parts[0][row : row + 1], parts[1][row : row + 1], parts[2]]
        attend = lambda *qkv: ring_attention(*qkv, causal=True, group=group)  # noqa: E731  # one line, used once
        return train(model, *parts, attend, 32, distributed.all_reduce)

    found = run_ranks(work, 4)
    expected = train(model, *whole, lambda *qkv: scaled_dot_product(*qkv, causal=True), 32, id)
    for part in found:
        torch.testing.assert_close(part, expected)


# --- what breaks

ON_ALL = r"^ranks 0, 1 of 2: ValueError: "
X = torch.zeros(1, 3, 4, 2)


@pytest.mark.parametrize(
    ("work", "message"),
    [
        (lambda rank: split_sequence(torch.zeros(6, 2), rank, 2), r"expected a length that 2 \* 2 ranks divide, .* got 6"),
        (lambda rank: split_sequence(torch.zeros(0, 2), rank, 2), "got 0"),
        (lambda rank: ring_attention(X[:, :, : 4 - 2 * rank], *[X[:, :, : 4 - 2 * rank]] * 2), r"expected the same .* got \(1, 3, 4, 2, torch.float32, True, False, .* on rank 0, \(1, 3, 2, 2, torch.float32, True, "),
        (lambda rank: ring_attention(X[:, :, :3], X[:, :, :3], X[:, :, :3]), "an even length of each part, got 'zigzag' and 3"),
        (lambda rank: ring_attention(X, X, X, layout="striped"), "expected a layout of .* got 'striped'"),
        (lambda rank: ring_attention(X, X[:, :1], X[:, :1]), "expected q, k and v of one shape"),
        (lambda rank: ring_attention(X, X.double() if rank else X, X), r"expected the same .* got \(1, 3, 4, 2, torch.float32, True, .* on rank 0, \(1, 3, 4, 2, torch.float32, False, "),
        (lambda rank: ring_attention(X, X, X, layout="contiguous" if rank else "zigzag"), r"expected the same .* layout"),
        (lambda rank: ring_attention(X, X, X, layout="striped" if rank else "zigzag"), r"expected the same .* layout"),
        (lambda rank: ring_attention(X[0], X[0], X[0]), "expected q, k and v of one shape"),
        (lambda rank: ulysses_attention(X, X, X), "expected 2 ranks to divide the heads, got 3 heads"),
        (lambda rank: ulysses_attention(X[0], X, X), r"expected \(batch, heads, length, head_dim\), not empty"),
        (lambda rank: heads_to_sequence(X[:, :, :3]), "expected 2 ranks to divide the length, got 3"),
        (lambda rank: sequence_to_heads(X[:, : 2 + rank]), r"expected the same \(batch, heads, length"),
        (lambda rank: all_gather_attention(X, X[:, :, : 3 + rank], X), r"expected the same \(batch, heads, length"),
        (lambda rank: chunks_of(2, 2), "a rank below 2, got 'zigzag' and 2"),
        (lambda rank: context_parallel_bytes("star", 2, length=2, heads=1, head_dim=1), "ring, all-gather or ulysses, got 'star'"),
    ],
)  # fmt: skip  # a table reads as a table
def test_bad_input_fails_on_every_rank(work, message):
    with pytest.raises(RankError, match=ON_ALL + ".*" + message):
        run_ranks(work, 2, timeout=20.0)


def test_without_a_process_group_it_says_so():
    for attend in (ring_attention, ulysses_attention, all_gather_attention):
        with pytest.raises(ValueError, match="expected a process group, call init_process_group"):
            attend(X, X, X)


def test_a_killed_rank_is_named():
    def work(rank):
        if rank == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        ring_attention(X, X, X)

    with pytest.raises(RankError, match=r"^rank 1 of 3: died without a word \(signal SIGKILL\)"):
        run_ranks(work, 3, timeout=20.0)


def test_a_rank_that_stays_away_ends_in_a_time_out():
    def work(rank):
        if rank == 0:
            ring_attention(X, X, X)

    with pytest.raises(RankError, match=r"rank 0 of 2: .*(all_gather|[Tt]imed out)"):
        run_ranks(work, 2, timeout=10.0)
