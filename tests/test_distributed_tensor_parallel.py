"""Tensor and sequence parallel layers against whole ones, a GPT against one process, and DTensor against both."""

import pytest
import torch
from torch import distributed, nn
from torch.distributed import init_device_mesh
from torch.distributed.tensor import Shard, distribute_tensor
from torch.distributed.tensor.parallel import (
    ColwiseParallel,
    RowwiseParallel,
    loss_parallel,
    parallelize_module,
)
from torch.nn.functional import cross_entropy

from reference_impl.distributed import (
    CollectiveCounter,
    ColumnParallelLinear,
    ParallelAttention,
    ParallelFeedForward,
    ParallelGPT,
    RankError,
    RowParallelLinear,
    VocabParallelEmbedding,
    join_states,
    run_ranks,
    shard_state,
    vocab_parallel_cross_entropy,
)
from reference_impl.gpt import GPT, Block, GPTConfig

SMALL = GPTConfig(vocab=16, context=8, dim=16, layers=2, heads=4, init_std=0.3)
KINDS = {
    "pre": SMALL,
    "post, wide heads": SMALL.change(norm="post", final_norm=False, head_dim=6, hidden=20),
    "banded": SMALL.change(band=3, layers=3),
}


def close(a, b):
    torch.testing.assert_close(a, b, rtol=1e-9, atol=1e-8)


def train(model, after_backward=lambda: None, steps=4):
    """Return losses, the last gradients and the weights after some steps of AdamW."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
    dice = torch.Generator().manual_seed(1)
    losses = []
    for _ in range(steps):
        ids = torch.randint(16, (3, 9), generator=dice)
        targets = ids[:, 1:].clone()
        targets[0, 2:5] = -100
        optimizer.zero_grad()
        loss = model.loss(ids[:, :-1], targets)
        loss.backward()
        after_backward()
        optimizer.step()
        losses.append(loss.item())
    grads = {name: p.grad for name, p in model.named_parameters()}
    return losses, grads, model.state_dict()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("ranks", [1, 2, 4])
@pytest.mark.parametrize("sequence", [False, True])
def test_a_gpt_trains_as_on_one_process(kind, ranks, sequence):
    config = KINDS[kind]
    torch.manual_seed(0)
    whole = GPT(config).double()
    start = {name: weight.clone() for name, weight in whole.state_dict().items()}
    losses, grads, weights = train(whole)

    def work(rank):
        model = ParallelGPT(config, sequence=sequence).double()
        model.load_state_dict(shard_state(start, rank, ranks))
        return train(model, model.reduce_shared_grads)

    found = run_ranks(work, ranks, start_method="fork")
    for theirs, _, _ in found:
        assert theirs == pytest.approx(losses, rel=1e-12)
    for expected, parts in ((grads, 1), (weights, 2)):
        joined = join_states([result[parts] for result in found])
        assert joined.keys() == expected.keys()
        for name in expected:
            close(joined[name], expected[name])
        for name in expected:  # what every rank holds stays the same everywhere
            if found[0][parts][name].shape == expected[name].shape:
                for result in found:
                    close(result[parts][name], expected[name])


def test_float32_is_near():
    torch.manual_seed(0)
    whole = GPT(SMALL)
    ids = torch.randint(16, (2, 8))
    expected = whole.loss(ids, ids)
    expected.backward()
    state = whole.state_dict()

    def work(rank):
        model = ParallelGPT(SMALL)
        model.load_state_dict(shard_state(state, rank, 2))
        loss = model.loss(ids, ids)
        loss.backward()
        return loss.detach(), {name: p.grad for name, p in model.named_parameters()}

    found = run_ranks(work, 2, start_method="fork")
    torch.testing.assert_close(found[0][0], expected.detach(), rtol=1e-5, atol=1e-6)
    joined = join_states([grads for _, grads in found])
    for name, parameter in whole.named_parameters():
        torch.testing.assert_close(joined[name], parameter.grad, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("ranks", [2, 4])
@pytest.mark.parametrize("sequence", [False, True])
def test_linear_layers_and_the_embedding(ranks, sequence):
    torch.manual_seed(0)
    table, up, down = nn.Embedding(12, 6), nn.Linear(6, 8), nn.Linear(8, 5)
    whole = nn.Sequential(table, up, nn.Tanh(), down).double()
    ids = torch.randint(12, (2, 8))
    out = whole(ids)
    out.square().sum().backward()

    def work(rank):
        options = {"sequence": sequence}
        mine = nn.Sequential(
            VocabParallelEmbedding(12, 6, **options),
            ColumnParallelLinear(6, 8, **options),
            nn.Tanh(),
            RowParallelLinear(8, 5, **options),
        ).double()
        with torch.no_grad():
            mine[0].weight.copy_(table.weight.chunk(ranks)[rank])
            mine[1].weight.copy_(up.weight.chunk(ranks)[rank])
            mine[1].bias.copy_(up.bias.chunk(ranks)[rank])
            mine[3].weight.copy_(down.weight.chunk(ranks, 1)[rank])
            mine[3].bias.copy_(down.bias)
        y = mine(ids)
        y.square().sum().backward()
        return y.detach(), [p.grad for p in mine.parameters()]

    found = run_ranks(work, ranks, start_method="fork")
    outs = [y for y, _ in found]
    if sequence:
        close(torch.cat(outs, 1), out.detach())
    else:
        for y in outs:
            close(y, out.detach())
    grads = list(zip(*(grads for _, grads in found), strict=True))
    close(torch.cat(grads[0]), table.weight.grad)
    close(torch.cat(grads[1]), up.weight.grad)
    close(torch.cat(grads[2]), up.bias.grad)
    close(torch.cat(grads[3], 1), down.weight.grad)
    bias = sum(grads[4]) if sequence else grads[4][0]
    close(bias, down.bias.grad)


@pytest.mark.parametrize("scale", [1.0, 1000.0])
def test_the_loss_on_cut_logits(scale):
    torch.manual_seed(0)
    logits = (scale * torch.randn(7, 20)).double().requires_grad_()
    targets = torch.tensor([0, 4, 5, 19, -100, 10, 3])
    expected = cross_entropy(logits, targets)
    expected.backward()

    def work(rank):
        part = logits.detach().chunk(4, 1)[rank].clone().requires_grad_()
        loss = vocab_parallel_cross_entropy(part, targets)
        (2 * loss).backward()
        return loss.detach(), part.grad / 2

    found = run_ranks(work, 4, start_method="fork")
    for loss, _ in found:
        close(loss, expected.detach())
    close(torch.cat([grad for _, grad in found], 1), logits.grad)


def test_two_all_reduces_a_layer_and_direction():
    def work(rank, layers, sequence):
        model = ParallelGPT(SMALL.change(layers=layers), sequence=sequence)
        ids = torch.zeros(1, 8, dtype=torch.long)
        with CollectiveCounter() as forward:
            loss = model.loss(ids, ids)
        with CollectiveCounter() as backward:
            loss.backward()
        return forward.counts, backward.counts

    for layers in (1, 3):
        forward, backward = run_ranks(work, 2, layers, False, start_method="fork")[1]
        assert forward == {"allreduce_": 2 * layers + 3}
        assert backward == {"allreduce_": 2 * layers + 1}
        forward, backward = run_ranks(work, 2, layers, True, start_method="fork")[1]
        pairs = {"reduce_scatter_": 2 * layers + 1, "allgather_": 2 * layers + 1}
        assert forward == pairs | {"allreduce_": 2}
        assert backward == pairs


def test_a_smaller_group_of_ranks():
    """Two groups of two: each holds a whole model."""
    torch.manual_seed(0)
    whole = GPT(SMALL).double()
    ids = torch.randint(16, (2, 8))
    state, expected = whole.state_dict(), whole.loss(ids, ids).detach()

    def work(rank):
        groups = [distributed.new_group([0, 1]), distributed.new_group([2, 3])]
        model = ParallelGPT(SMALL, groups[rank // 2]).double()
        model.load_state_dict(shard_state(state, rank % 2, 2))
        return model.loss(ids, ids).detach()

    for loss in run_ranks(work, 4, start_method="fork"):
        close(loss, expected)


def test_dtensor_gives_the_same_block_and_loss():
    torch.manual_seed(0)
    config = SMALL
    whole = Block(config).double()
    x = torch.randn(2, 5, 16).double()
    y = whole(x)
    y.square().sum().backward()
    logits, targets = torch.randn(6, 16).double(), torch.tensor([0, 15, 7, 8, 3, 2])
    loss = cross_entropy(logits, targets)

    def work(rank):
        mesh = init_device_mesh("cpu", (2,))
        block = Block(config).double()
        block.load_state_dict(whole.state_dict())
        with torch.no_grad():  # the rows of each rank's heads, one rank after the other
            rows = torch.arange(48).view(3, 2, 8).transpose(0, 1).flatten()
            for weight in block.attention.qkv.parameters():
                weight.copy_(weight[rows])
        block.attention.heads = 2
        plan = {
            "attention.qkv": ColwiseParallel(),
            "attention.out": RowwiseParallel(),
            "mlp.up": ColwiseParallel(),
            "mlp.down": RowwiseParallel(),
        }
        parallelize_module(block, mesh, plan)
        out = block(x)
        out.square().sum().backward()
        cut = distribute_tensor(logits, mesh, [Shard(1)])
        with loss_parallel():
            theirs = cross_entropy(cut, targets)
        ours = vocab_parallel_cross_entropy(logits.chunk(2, 1)[rank], targets)
        qkv = block.attention.qkv.weight.grad.full_tensor()
        return out.detach(), block.mlp.down.weight.grad.full_tensor(), qkv, theirs.to_local(), ours

    rows = torch.arange(48).view(3, 2, 8).transpose(0, 1).flatten()
    for out, down, qkv, theirs, ours in run_ranks(work, 2, start_method="fork"):
        close(out, y.detach())
        close(down, whole.mlp.down.weight.grad)
        close(qkv, whole.attention.qkv.weight.grad[rows])
        close(theirs, loss)
        close(ours, loss)


def test_states_are_cut_and_joined():
    state = GPT(KINDS["post, wide heads"]).state_dict()
    for ranks in (1, 2, 4):
        shards = [shard_state(state, rank, ranks) for rank in range(ranks)]
        joined = join_states(shards)
        assert joined.keys() == state.keys()
        assert all(torch.equal(joined[name], state[name]) for name in state)
    assert shards[0]["tokens.weight"].shape == (4, 16)
    assert torch.equal(
        shards[3]["blocks.0.mlp.down.weight"], state["blocks.0.mlp.down.weight"][:, 15:]
    )


IDS = torch.zeros(1, 8, dtype=torch.long)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (
            lambda: ParallelGPT(SMALL.change(heads=3, dim=18)),
            "heads to be a multiple of the 2 ranks, got 3",
        ),
        (
            lambda: ParallelGPT(SMALL.change(vocab=15)),
            "vocab to be a multiple of the 2 ranks, got 15",
        ),
        (
            lambda: ParallelGPT(SMALL.change(hidden=21)),
            "outputs to be a multiple of the 2 ranks, got 21",
        ),
        (lambda: ParallelGPT(SMALL.change(dropout=0.1)), "a dropout of 0, got 0.1"),
        (
            lambda: ParallelGPT(SMALL, sequence=True)(IDS[:, :5]),
            "length to be a multiple of the 2 ranks, got 5",
        ),
        (lambda: ParallelGPT(SMALL)(torch.zeros(1, 9).long()), "at most 8 tokens, got 9"),
        (lambda: ColumnParallelLinear(4, 5), "outputs to be a multiple of the 2 ranks, got 5"),
        (lambda: RowParallelLinear(5, 4), "inputs to be a multiple of the 2 ranks, got 5"),
        (
            lambda: ParallelAttention(SMALL.change(heads=1)),
            "heads to be a multiple of the 2 ranks, got 1",
        ),
        (lambda: ParallelFeedForward(SMALL.change(hidden=7)), "a multiple of the 2 ranks, got 7"),
        (lambda: VocabParallelEmbedding(7, 4), "vocab to be a multiple of the 2 ranks, got 7"),
        (lambda: ParallelGPT(SMALL).loss(IDS, IDS + 16), "targets from 0 to 15, or -100, got 16"),
        (lambda: ParallelGPT(SMALL).loss(IDS, IDS - 1), "targets from 0 to 15, or -100, got -1"),
    ],
)
def test_what_does_not_fit_is_refused_on_every_rank(call, words):
    with pytest.raises(RankError, match=f"^ranks 0, 1 of 2: ValueError: expected .*{words}"):
        run_ranks(lambda rank: call() and None, 2, start_method="fork")


def test_states_that_can_not_be_cut_are_refused():
    state = GPT(SMALL).state_dict()
    with pytest.raises(ValueError, match="expected a rank from 0 to 1, got 2"):
        shard_state(state, 2, 2)
    with pytest.raises(
        ValueError, match=r"dimension 0 of tokens.weight to be a multiple of the 3 ranks, got 16"
    ):
        shard_state(state, 0, 3)
