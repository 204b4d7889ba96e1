"""Kinds of parallelism combined on a mesh, against one process; groups against PyTorch's; norms, seeds and bytes counted."""

import random
from collections import Counter
from itertools import chain, pairwise
from math import prod

import pytest
import torch
from torch import distributed, nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.nn.functional import cross_entropy

from reference_impl.distributed import (
    DataParallel,
    MeshGPT,
    MeshTraffic,
    ParallelFeedForward,
    ParallelGPT,
    ParallelStage,
    Pipeline,
    RankError,
    gpipe,
    gpt_stages,
    interleaved,
    make_groups,
    mesh_gradient_norm,
    mesh_lines,
    mesh_seed,
    one_f_one_b,
    parallelize_block,
    ring_bytes,
    run_ranks,
    shard_state,
    sum_tied_gradients,
    zero_bubble,
)
from reference_impl.gpt import GPT, Block, FeedForward, GPTConfig

SMALL = GPTConfig(vocab=16, context=8, dim=16, layers=4, heads=4, init_std=0.3)
KINDS = {
    "pre": SMALL,
    "post, wide heads": SMALL.change(norm="post", final_norm=False, head_dim=6, hidden=20),
    "banded": SMALL.change(band=3),
}


def close(a, b):
    torch.testing.assert_close(a, b, rtol=1e-9, atol=1e-8)


def make(config=SMALL, dtype=torch.float64, seed=0):
    torch.manual_seed(seed)
    return GPT(config).to(dtype)


def batches(steps, rows, seed=1):
    """Ids, and targets of which each row leaves out as many, at other places."""
    dice = torch.Generator().manual_seed(seed)
    ids = torch.randint(16, (steps, rows, 9), generator=dice)
    inputs, targets = ids[..., :-1], ids[..., 1:].clone()
    out = torch.rand(targets.shape, generator=dice).argsort(-1) < 2
    return list(zip(inputs, targets.masked_fill(out, -100), strict=True))


def train(parameters, backward, data, clip=None, lr=0.01):
    """Return losses, norms, and what the last step left: gradients and weights by name."""
    named = dict(parameters)
    optimizer, losses, norms = torch.optim.AdamW(named.values(), lr=lr), [], []
    for batch in data:
        optimizer.zero_grad()
        loss, norm = backward(*batch)
        if clip:
            nn.utils.clip_grads_with_norm_(named.values(), clip, norm)
        optimizer.step()
        losses.append(float(loss))
        norms.append(float(norm))
    grads = {name: p.grad for name, p in named.items()}
    return losses, norms, grads, {name: p.detach() for name, p in named.items()}


def alone(model, data, clip=None):
    def backward(ids, targets):
        loss = model.loss(ids, targets)
        loss.backward()
        return loss.detach(), nn.utils.get_total_norm([p.grad for p in model.parameters()])

    return train(model.named_parameters(), backward, data, clip)


# --- groups


@pytest.mark.parametrize(
    "sizes", [{"a": 3}, {"a": 2, "b": 2}, {"a": 1, "b": 4}, {"a": 3, "b": 2}, {"a": 2, "b": 2, "c": 2}]
)  # fmt: skip  # one table
def test_groups_are_those_of_torch(sizes):
    def ranks(group):
        return distributed.get_process_group_ranks(group), distributed.get_rank(group)

    def work(rank):
        mesh = init_device_mesh("cpu", tuple(sizes.values()), mesh_dim_names=tuple(sizes))
        theirs = {name: ranks(mesh[name].get_group()) for name in sizes}
        return theirs, {name: ranks(group) for name, group in make_groups(sizes).items()}

    world = prod(sizes.values())
    for theirs, ours in run_ranks(work, world, start_method="fork"):
        assert ours == theirs


def test_each_rank_is_once_in_each_dimension():
    dice = random.Random(0)
    for _ in range(30):
        sizes = {name: dice.randint(1, 4) for name in "abcd"[: dice.randint(1, 4)]}
        lines = mesh_lines(sizes)
        world = list(range(prod(sizes.values())))
        for name, size in sizes.items():
            assert sorted(chain(*lines[name])) == world
            assert {len(line) for line in lines[name]} == {size}
        last = list(sizes)[-1]
        assert all(b - a == 1 for line in lines[last] for a, b in pairwise(line))


# --- training


@pytest.mark.parametrize(
    ("sizes", "kind", "micro_batches"),
    [
        ({"data": 1, "pipe": 1, "tensor": 1}, "pre", 2),
        ({"data": 2, "pipe": 1, "tensor": 1}, "pre", 1),
        ({"data": 1, "pipe": 4, "tensor": 1}, "banded", 3),
        ({"data": 1, "pipe": 1, "tensor": 4}, "pre", 1),
        ({"data": 2, "pipe": 1, "tensor": 2}, "post, wide heads", 1),
        ({"tensor": 2, "pipe": 1, "data": 2}, "post, wide heads", 3),
        ({"data": 2, "pipe": 2, "tensor": 1}, "pre", 3),
        ({"pipe": 2, "tensor": 1, "data": 2}, "pre", 1),
        ({"data": 1, "pipe": 2, "tensor": 2}, "post, wide heads", 2),
        ({"tensor": 2, "data": 1, "pipe": 2}, "banded", 6),
        ({"data": 2, "pipe": 2, "tensor": 2}, "banded", 3),
        ({"tensor": 2, "data": 2, "pipe": 2}, "post, wide heads", 1),
    ],
)
def test_a_gpt_on_a_mesh_trains_as_on_one_process(sizes, kind, micro_batches):
    model, data = make(KINDS[kind]), batches(3, 6)
    state = {name: weight.clone() for name, weight in model.state_dict().items()}

    def work(rank):
        groups = make_groups(sizes)
        mine = MeshGPT(KINDS[kind], state, groups, micro_batches)
        backward = lambda *batch: (mine.backward(*batch), mine.gradient_norm())  # noqa: E731 - used once
        found = train(mine.stage.named_parameters(), backward, data, clip=0.5)
        return distributed.get_rank(groups["tensor"]), found

    results = run_ranks(work, prod(sizes.values()), start_method="fork")
    losses, norms, grads, weights = alone(model, data, clip=0.5)
    assert norms[0] > 0.5  # the clip does something
    held = Counter()
    for place, (their_losses, their_norms, their_grads, their_weights) in results:
        assert their_losses == pytest.approx(losses, rel=1e-10)
        assert their_norms == pytest.approx(norms, rel=1e-9)
        for whole, part in ((grads, their_grads), (weights, their_weights)):
            shard = shard_state(whole, place, sizes["tensor"])
            for name, value in part.items():
                close(value, shard[name])
        held.update(their_weights.keys())
    assert held.keys() == weights.keys()
    ends = sizes["data"] * sizes["tensor"] * min(sizes["pipe"], 2)
    assert held["tokens.weight"] == ends


def test_float32_is_near_for_20_steps():
    config = SMALL.change(layers=2)
    model, data = make(config, torch.float32), batches(20, 4)
    state = {name: weight.clone() for name, weight in model.state_dict().items()}

    def work(rank):
        mine = MeshGPT(config, state, make_groups({"data": 2, "pipe": 1, "tensor": 2}))
        backward = lambda *batch: (mine.backward(*batch), mine.gradient_norm())  # noqa: E731 - used once
        return train(mine.stage.named_parameters(), backward, data)[:2]

    losses, norms, _, _ = alone(model, data)
    for their_losses, their_norms in run_ranks(work, 4, start_method="fork"):
        assert their_losses == pytest.approx(losses, rel=1e-4)
        assert their_norms == pytest.approx(norms, rel=1e-3)


@pytest.mark.parametrize("order", [("data", "tensor"), ("tensor", "data")])
@pytest.mark.parametrize("sequence", [False, True])
@pytest.mark.parametrize("strategy", ["naive", "bucketed", "overlapped"])
def test_data_and_tensor_by_hand(order, sequence, strategy):
    model, data = make(), batches(3, 4)
    state = {name: weight.clone() for name, weight in model.state_dict().items()}

    def work(rank):
        groups = make_groups(dict.fromkeys(order, 2))
        row, place = (distributed.get_rank(groups[name]) for name in ("data", "tensor"))
        part = ParallelGPT(SMALL, groups["tensor"], sequence).double()
        part.load_state_dict(shard_state(state, place, 2))
        replica = DataParallel(part, strategy, bucket_bytes=2000, group=groups["data"])

        def backward(ids, targets):
            loss = part.loss(ids.chunk(2)[row], targets.chunk(2)[row])
            if sequence:  # gradients change after backward: nothing may be on its way yet
                with replica.no_sync():
                    loss.backward()
                part.reduce_shared_grads()
            else:
                loss.backward()
            replica.average_gradients()
            distributed.all_reduce(mean := loss.detach() / 2, group=groups["data"])
            return mean, mesh_gradient_norm(part, groups)

        return place, train(part.named_parameters(), backward, data)

    losses, norms, grads, weights = alone(model, data)
    for place, found in run_ranks(work, 4, start_method="fork"):
        assert found[0] == pytest.approx(losses, rel=1e-10)
        assert found[1] == pytest.approx(norms, rel=1e-9)
        for whole, part in ((grads, found[2]), (weights, found[3])):
            for name, value in shard_state(whole, place, 2).items():
                close(part[name], value)


@pytest.mark.parametrize(
    "schedule", [gpipe(2, 3), one_f_one_b(2, 3), zero_bubble(2, 3), interleaved(2, 2, 2)]
)
def test_data_and_pipeline_by_hand(schedule):
    model, data = make(), batches(3, 12)
    stages = gpt_stages(model, schedule.stages)

    def loss_of(logits, targets):
        return cross_entropy(logits.flatten(0, 1), targets.flatten())

    def work(rank):
        groups = make_groups({"data": 2, "pipe": 2})
        row, place = divmod(rank, 2)
        own = [schedule.stage(place, chunk) for chunk in range(schedule.chunks)]
        chunks, pipe = nn.ModuleList(stages[i] for i in own), groups["pipe"]
        replica = DataParallel(chunks, group=groups["data"])
        shape = (6 // schedule.micro_batches, 8, 16)
        pipeline = Pipeline(schedule, [*chunks], loss_of, shape, torch.float64, pipe)

        def backward(ids, targets):
            with replica.no_sync():
                pipeline.step(ids.chunk(2)[row], targets.chunk(2)[row])
            if schedule.name == "GPipe":  # both are sums: either may come first
                replica.average_gradients()
                sum_tied_gradients([*chunks], pipe)
            else:
                sum_tied_gradients([*chunks], pipe)
                replica.average_gradients()
            return 0.0, 0.0

        _, _, grads, weights = train(chunks.named_parameters(), backward, data)
        return own, grads, weights

    results = run_ranks(work, 4, start_method="fork")
    gradients_of = make()
    gradients_of.load_state_dict(model.state_dict())
    _, _, grads, _ = alone(model, data)
    expected = gpt_stages(model, schedule.stages)
    for name, p in gradients_of.named_parameters():
        p.data = grads[name]
    expected_grads = gpt_stages(gradients_of, schedule.stages)
    for own, grads, weights in results:
        for chunk, stage in enumerate(own):
            for whole, part in ((expected, weights), (expected_grads, grads)):
                for name, value in whole[stage].named_parameters():
                    close(part[f"{chunk}.{name}"], value.detach())


@pytest.mark.parametrize("names", [("data", "tensor"), ("tensor", "data")])
def test_torch_on_two_dimensions(names):
    model, data = make(), batches(3, 4)
    data = [(ids, targets.where(targets != -100, 0)) for ids, targets in data]

    def work(rank):
        mesh = init_device_mesh("cpu", (2, 2), mesh_dim_names=names)
        for block in model.blocks:
            parallelize_block(block, mesh["tensor"])
            fully_shard(block, mesh=mesh["data"])
        fully_shard(model, mesh=mesh["data"])
        row = mesh["data"].get_local_rank()

        def backward(ids, targets):
            logits = model(ids.chunk(2)[row]).flatten(0, 1)
            loss = cross_entropy(logits, targets.chunk(2)[row].flatten())
            loss.backward()
            distributed.all_reduce(mean := loss.detach() / 2, group=mesh["data"].get_group())
            return mean, 0.0

        losses, _, grads, weights = train(model.named_parameters(), backward, data)
        return losses, *({n: x.full_tensor() for n, x in part.items()} for part in (grads, weights))

    results = run_ranks(work, 4, start_method="fork")
    losses, _, grads, weights = alone(model, data)
    thirds = [third.chunk(2) for third in torch.arange(48).chunk(3)]
    rows = torch.cat([part for rank in zip(*thirds, strict=True) for part in rank])
    for found in results:
        assert found[0] == pytest.approx(losses, rel=1e-10)
        for whole, part in ((grads, found[1]), (weights, found[2])):
            for name, value in whole.items():
                close(part[name], value[rows] if ".qkv." in name else value)


def test_hybrid_sharding():
    model, data = make(), batches(3, 8)

    def work(rank):
        mesh = init_device_mesh("cpu", (2, 2), mesh_dim_names=("replicate", "shard"))
        for part in (*model.blocks, model):
            fully_shard(part, mesh=mesh)

        def backward(ids, targets):
            logits = model(ids.chunk(4)[rank]).flatten(0, 1)
            loss = cross_entropy(logits, targets.chunk(4)[rank].flatten())
            loss.backward()
            distributed.all_reduce(mean := loss.detach() / 4)
            grads = [p.grad.full_tensor() for p in model.parameters()]
            return mean, nn.utils.get_total_norm(grads)

        losses, norms, _, weights = train(model.named_parameters(), backward, data)
        pieces = {name: x.to_local().shape[0] for name, x in weights.items()}
        return losses, norms, pieces, {name: x.full_tensor() for name, x in weights.items()}

    results = run_ranks(work, 4, start_method="fork")
    losses, norms, _, weights = alone(model, data)
    for found in results:
        assert found[0] == pytest.approx(losses, rel=1e-10)
        assert found[1] == pytest.approx(norms, rel=1e-9)
        for name, value in weights.items():
            close(found[3][name], value)
            assert found[2][name] == len(value) / 2  # split in two, not in four


# --- the norm


@pytest.mark.parametrize("seed", range(3))
def test_the_norm_counts_each_number_once(seed):
    """Against the whole, for gradients that have nothing to do with a loss; a frozen one has none."""
    sizes = {"pipe": 2, "tensor": 2}
    model = make(seed=seed)
    frozen = "blocks.1.mlp.up.bias"
    grads = {name: torch.randn_like(p) for name, p in model.named_parameters() if name != frozen}
    norm = float(nn.utils.get_total_norm(list(grads.values())))

    def work(rank):
        groups = make_groups(sizes)
        place, column = (distributed.get_rank(group) for group in groups.values())
        stage = ParallelStage(SMALL, place, 2, groups["tensor"]).double()
        shard = shard_state(grads, column, 2)
        for name, p in stage.named_parameters():
            p.grad = shard.get(name)
        squares = sum(p.grad.square().sum() for p in stage.parameters() if p.grad is not None)
        distributed.all_reduce(squares)
        return mesh_gradient_norm(stage, groups).item(), squares.sqrt().item()

    for right, summed in run_ranks(work, 4, start_method="fork"):
        assert right == pytest.approx(norm, rel=1e-12)
        assert summed > 1.02 * norm  # repeated weights and the tied table, counted again


# --- seeds


def test_seeds_agree_along_the_other_dimensions():
    sizes = {"data": 2, "pipe": 2, "tensor": 2}
    choices = [(), ("data",), ("pipe", "data"), ("data", "pipe"), ("data", "pipe", "tensor")]

    def work(rank):
        groups = make_groups(sizes)
        return [mesh_seed(seed, groups, along) for along in choices for seed in (0, 1)]

    found = list(zip(*run_ranks(work, 8, start_method="fork"), strict=True))
    for along, zero, one in zip(choices, found[::2], found[1::2], strict=True):
        assert len(set(zero)) == len(set(one)) == 2 ** len(along)
        assert not set(zero) & set(one)  # another run draws other numbers on every rank
    assert found[4:6] == found[6:8]  # the order in which dimensions are named does not count
    assert all(0 <= seed < 2**63 for seeds in found for seed in seeds)


def test_dropout_of_repeated_numbers_is_that_of_one_process():
    config = SMALL.change(dropout=0.3)
    torch.manual_seed(0)
    whole, x = FeedForward(config).double(), torch.randn(2, 8, 16).double()
    names = {name: name for name in whole.state_dict()}

    def work(rank, along):
        groups = make_groups({"data": 1, "tensor": 2})
        layer = ParallelFeedForward(config, groups["tensor"]).double()
        state = {f"blocks.0.mlp.{name}": p for name, p in whole.state_dict().items()}
        shard = shard_state(state, rank, 2)
        layer.load_state_dict({name: shard[f"blocks.0.mlp.{name}"] for name in names})
        torch.manual_seed(mesh_seed(7, groups, along))
        layer(x).square().sum().backward()
        return layer.down.bias.grad, layer.up.weight.grad, mesh_seed(7, groups, along)

    (bias, up, seed), (bias_1, up_1, _) = run_ranks(work, 2, ["data"], start_method="fork")
    torch.manual_seed(seed)
    whole(x).square().sum().backward()
    close(bias, whole.down.bias.grad)
    close(bias_1, whole.down.bias.grad)
    close(torch.cat((up, up_1)), whole.up.weight.grad)
    apart = run_ranks(work, 2, ["data", "tensor"], start_method="fork")
    assert not torch.allclose(apart[0][0], apart[1][0])  # copies of a weight that would drift apart


# --- bytes


@pytest.mark.parametrize("micro_batches", [1, 2])
def test_bytes_are_those_of_the_formulas(micro_batches):
    sizes, rows, length = {"data": 2, "pipe": 2, "tensor": 2}, 8, 6
    model = make(dtype=torch.float32)
    ids = torch.zeros(rows, length, dtype=torch.long)

    def work(rank):
        groups = make_groups(sizes)
        mine = MeshGPT(SMALL, model.state_dict(), groups, micro_batches)
        with MeshTraffic(groups) as traffic:
            mine.backward(ids, ids)
        parameters = [*mine.stage.parameters()]
        return dict(traffic.sent), sum(p.numel() for p in parameters), len(parameters)

    places, table = rows // 2 * length, 8 * 16 * 4
    activation = places * 16 * 4
    for rank, (sent, numbers, parameters) in enumerate(run_ranks(work, 8, start_method="fork")):
        is_last = bool(rank & 2)
        assert sent["data"] == 4 * numbers + 4 * parameters + 4  # gradients, who has none, the loss
        assert sent["pipe"] == activation + table + 4  # forward or backward, tied weights, the loss
        blocks = 2 * (2 + 2) * activation  # of two blocks: two each way
        # the embedding's sum on the first stage; f before the logits, and three sums of the loss on the last
        ends = activation + places * 3 * 4 if is_last else activation
        assert sent["tensor"] == blocks + ends


def test_traffic_of_each_collective():
    def work(rank):
        groups = make_groups({"all": 3})
        group, x = groups["all"], torch.ones(9)
        parts = [torch.empty(9) for _ in range(3)]
        own = torch.empty(3)

        def counted(call):
            with MeshTraffic(groups) as traffic:
                call()
            return traffic.sent["all"]

        found = [
            counted(lambda: distributed.all_reduce(torch.ones(10), group=group)),
            counted(lambda: distributed.all_gather(parts, x, group=group)),
            counted(lambda: distributed.reduce_scatter(own, [*x.split(3)], group=group)),
        ]
        with MeshTraffic({}) as traffic:
            distributed.all_reduce(x, group=group)
            distributed.barrier()
        return found, dict(traffic.sent)

    for rank, (found, elsewhere) in enumerate(run_ranks(work, 3, start_method="fork")):
        assert found == [ring_bytes(10, 4, 3, rank), 2 * 36, 2 * 12]
        assert elsewhere == {"others": ring_bytes(9, 4, 3, rank)}


# --- bad input

STATE = GPT(SMALL).state_dict()
IDS = torch.zeros(4, 8, dtype=torch.long)
THREE = {"data": 1, "pipe": 1, "tensor": 2}


def mesh_gpt(sizes=THREE, **options):
    options = {"config": SMALL, "state": STATE, **options}
    return MeshGPT(groups=make_groups(sizes), **options)


@pytest.mark.parametrize(
    ("work", "message"),
    [
        (lambda rank: make_groups({"data": 2, "tensor": 3}), "expected a mesh of all 2 ranks, got data, tensor of 2 x 3 = 6"),
        (lambda rank: make_groups({"data": 1, "tensor": 1}), "all 2 ranks, got data, tensor of 1 x 1 = 1"),
        (lambda rank: make_groups({"data": 1 + rank, "tensor": 2 - rank}), r"expected the same mesh .* got \[\('data', 1\), .* on rank 1"),
        (lambda rank: make_groups({"a": 2, "b": 1} if rank else {"b": 2, "a": 1}), "expected the same mesh"),
        (lambda rank: make_groups({}), "expected dimensions of at least 1 rank each, got {}"),
        (lambda rank: make_groups({"data": 2, "tensor": 0}), "at least 1 rank each, got {'data': 2, 'tensor': 0}"),
        (lambda rank: mesh_seed(0, make_groups({"data": 2}), ["tensor"]), "expected dimensions among data, got 'tensor'"),
        (lambda rank: mesh_gradient_norm(nn.Linear(1, 1), make_groups({"data": 2})), "expected a GPT or a part of one, got Linear"),
        (lambda rank: mesh_gradient_norm(GPT(SMALL), make_groups({"rows": 2})), "among data, pipe, tensor, got 'rows'"),
        (lambda rank: ParallelStage(SMALL, 0, 3), "expected layers to be a multiple of the 3 stages, got 4"),
        (lambda rank: ParallelStage(SMALL, 2, 2), "expected a stage from 0 to 1, got 2"),
        (lambda rank: ParallelStage(SMALL.change(heads=1), 0, 2), "heads to be a multiple of the 2 ranks, got 1"),
        (lambda rank: mesh_gpt({"data": 2}), "expected groups data, pipe, tensor, got data"),
        (lambda rank: mesh_gpt(micro_batches=1 + rank), "expected the same config and micro_batches"),
        (lambda rank: mesh_gpt(micro_batches=0), "micro"),
        (lambda rank: mesh_gpt(state={name: w + rank for name, w in STATE.items()}), "expected the same sum of weights on all ranks, got"),
        (lambda rank: mesh_gpt(config=SMALL.change(dropout=0.1)), "expected a dropout of 0, got 0.1"),
        (lambda rank: mesh_gpt({"data": 1, "pipe": 2, "tensor": 1}, config=SMALL.change(layers=3), state=GPT(SMALL.change(layers=3)).state_dict()), "expected layers to be a multiple of the 2 stages, got 3"),
        (lambda rank: mesh_gpt().backward(IDS, IDS[:2]), r"of one shape \(batch, length\), .* got \(4, 8\) and \(2, 8\)"),
        (lambda rank: mesh_gpt().backward(IDS[0], IDS[0]), r"got \(8,\) and"),
        (lambda rank: mesh_gpt().backward(IDS[:, :0], IDS[:, :0]), r"got \(4, 0\) and"),
        (lambda rank: mesh_gpt().backward(IDS.repeat(1, 2), IDS.repeat(1, 2)), "at most 8 long, got"),
        (lambda rank: mesh_gpt(micro_batches=3).backward(IDS, IDS), "1 replicas of 3 micro-batches, a multiple of 3, got 4"),
        (lambda rank: mesh_gpt().backward(IDS[:0], IDS[:0]), "a multiple of 1, got 0"),
        (lambda rank: mesh_gpt().backward(IDS + 16, IDS), "expected tokens from 0 to 15, got 16"),
        (lambda rank: mesh_gpt().backward(IDS, IDS - 1), "expected tokens from 0 to 15, got -1"),
        (lambda rank: mesh_gpt().backward(IDS[: 2 + 2 * rank], IDS[: 2 + 2 * rank]), "expected the same batch"),
        (lambda rank: mesh_gpt().backward(IDS + rank, IDS), r"expected the same batch on all ranks, got \(\(4, 8\), \(4, 8\), \["),
        (lambda rank: mesh_gpt().backward(IDS, IDS + rank), r"expected the same batch on all ranks, got \(\(4, 8\), \(4, 8\), \["),
        (lambda rank: mesh_gpt(micro_batches=2).backward(IDS, IDS.where(torch.arange(4)[:, None] > 0, -100)), r"as many targets .* got \[8, 16\]"),
        (lambda rank: mesh_gpt().backward(IDS, torch.full_like(IDS, -100)), r"as many targets .* got \[0\]"),
        (lambda rank: parallelize_block(Block(SMALL.change(heads=1)), init_device_mesh("cpu", (2,))), "expected heads to be a multiple of the 2 ranks, got 1"),
        (lambda rank: parallelize_block(Block(SMALL.change(hidden=5)), init_device_mesh("cpu", (2,))), "expected inner width to be a multiple of the 2 ranks, got 5"),
    ],
)  # fmt: skip  # a table reads as a table
def test_bad_input_fails_on_every_rank(work, message):
    with pytest.raises(RankError, match=r"^ranks 0, 1 of 2: ValueError: .*" + message):
        run_ranks(work, 2, timeout=20.0, start_method="fork")


def test_a_collective_without_a_ring_is_not_counted_silently():
    def work(rank):
        with MeshTraffic({}):
            distributed.broadcast(torch.ones(1), 0)

    with pytest.raises(RankError, match=r"^ranks 0, 1 of 2: ValueError: .* got broadcast_"):
        run_ranks(work, 2, start_method="fork")


def test_without_a_process_group_it_says_so():
    with pytest.raises(ValueError, match="expected a process group, call init_process_group"):
        make_groups({"data": 1})


def test_a_group_that_only_its_members_make_shifts_the_next_one():
    """The group itself works. Groups are numbered on each rank, so the ranks no longer find each other."""

    def work(rank, then_all):
        if rank == 0:
            distributed.new_group([0])
        if then_all:
            distributed.new_group([0, 1])
        return "fine"

    assert run_ranks(work, 2, False, start_method="fork") == ["fine", "fine"]
    with pytest.raises(RankError, match="did not finish within 2 s"):
        run_ranks(work, 2, True, timeout=2.0, start_method="fork")
