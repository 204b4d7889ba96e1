"""Mixture of experts: Hugging Face's Switch in one process, and the same layer with experts on several ranks."""

import json
import os
import signal
from pathlib import Path

import pytest
import torch
from torch import distributed, nn
from transformers.models.switch_transformers.modeling_switch_transformers import (
    SwitchTransformersConfig,
    SwitchTransformersSparseMLP,
    load_balancing_loss_func,
    router_z_loss_func,
)

from benchmarks import moe_routing
from reference_impl.distributed import (
    ExpertParallel,
    MixtureOfExperts,
    RankError,
    Traffic,
    balance_loss,
    exchange,
    expert_capacity,
    route,
    run_ranks,
    z_loss,
)

# Groups, tokens, dim, hidden, experts, capacity: some drop much, one drops nothing, one has a single expert.
CONFIGS = [(2, 9, 8, 12, 4, 2), (3, 7, 5, 3, 3, 1), (1, 16, 6, 8, 8, 16), (4, 1, 4, 4, 2, 1), (2, 5, 4, 6, 1, 3)]  # fmt: skip  # a table reads as a table


def theirs(dim, hidden, experts, capacity, seed):
    torch.manual_seed(seed)
    config = SwitchTransformersConfig(
        d_model=dim, d_ff=hidden, num_experts=experts, expert_capacity=capacity,
        dropout_rate=0.0, router_jitter_noise=0.0,
    )  # fmt: skip  # a table reads as a table
    layer = SwitchTransformersSparseMLP(config)
    with torch.no_grad():
        for weight in layer.parameters():
            weight.copy_(torch.randn_like(weight) * 0.5)
    return layer


@pytest.mark.parametrize("config", CONFIGS)
@pytest.mark.parametrize("seed", [0, 1])
def test_top_1_is_hugging_faces_switch(config, seed):
    """Router, layer and losses in float32, with all gradients; what differs is the order of sums."""
    groups, tokens, dim, hidden, experts, capacity = config
    layer = theirs(dim, hidden, experts, capacity, seed)
    ours = MixtureOfExperts.from_hugging_face(layer)
    x = torch.randn(groups, tokens, dim, requires_grad=True)
    weight = torch.randn(groups, tokens, dim)

    out, routing = ours(x)
    mask, gate, logits = layer.router(x)
    assert torch.equal(routing.experts.squeeze(-1), logits.argmax(-1))
    assert torch.equal(routing.kept.squeeze(-1), mask.sum(-1).bool())
    torch.testing.assert_close(routing.gates, gate)
    torch.testing.assert_close(routing.logits, logits)
    balance = load_balancing_loss_func(logits.softmax(-1), logits.argmax(-1))
    torch.testing.assert_close(balance_loss(routing), balance)
    torch.testing.assert_close(z_loss(routing), router_z_loss_func(logits))

    expected = layer(x)
    torch.testing.assert_close(out, expected)
    total = (out * weight).sum() + balance_loss(routing) + z_loss(routing)
    wanted = (expected * weight).sum() + balance + router_z_loss_func(logits)
    mlps = [layer.experts[f"expert_{i}"] for i in range(experts)]
    mine = torch.autograd.grad(total, [x, ours.router.weight, ours.mlps.w_in, ours.mlps.w_out])
    named = [x, layer.router.classifier.weight]
    named += [m.wi.weight for m in mlps] + [m.wo.weight for m in mlps]
    others = torch.autograd.grad(wanted, named, allow_unused=True, materialize_grads=True)
    torch.testing.assert_close(mine[:2], others[:2])
    for stacked, single in zip(
        mine[2:], (others[2 : 2 + experts], others[2 + experts :]), strict=True
    ):
        torch.testing.assert_close(stacked, torch.stack([g.T for g in single]))


def test_in_bfloat16_hugging_face_chooses_after_rounding_and_we_before():
    """Where the probabilities, rounded, do not tie, both choose the same and give the same weight."""
    layer = theirs(16, 8, 8, 64, seed=0)
    ours = MixtureOfExperts.from_hugging_face(layer).bfloat16()
    with torch.no_grad():  # both routers with the weights as bfloat16 holds them
        layer.router.classifier.weight.copy_(ours.router.weight)
    x = torch.randn(8, 64, 16).bfloat16() * 0.2
    routing = ours.route(x)
    assert routing.logits.dtype == torch.float32
    mask, gate, logits = layer.router(x)
    torch.testing.assert_close(routing.logits, logits, rtol=1e-6, atol=1e-6)
    chosen, same = mask.argmax(-1), routing.gates.squeeze(-1).bfloat16() == gate.squeeze(-1)
    assert same.all()
    best = routing.probabilities.bfloat16().topk(2).values
    tied = best[..., 0] == best[..., 1]
    assert 0 < tied.float().mean() < 0.1
    assert torch.equal(routing.experts.squeeze(-1)[~tied], chosen[~tied])
    assert (routing.experts.squeeze(-1)[tied] != chosen[tied]).any()


def by_hand(probabilities, capacity):
    """GShard's algorithm 1 for one group, token by token, with every second expert dispatched."""
    tokens, number = probabilities.shape
    out, count = torch.zeros(tokens, number), [0] * number
    best = probabilities.topk(2).indices.tolist()
    for turn in (0, 1):
        for s, pair in enumerate(best):
            both = probabilities[s, pair].sum()
            e = pair[turn]
            if count[e] < capacity:
                out[s, e] = probabilities[s, e] / both
            count[e] += 1
    return out


@pytest.mark.parametrize("capacity", [1, 3, 20])
def test_top_2_is_gshards_algorithm(capacity):
    torch.manual_seed(3)
    routing = route(torch.randn(3, 11, 5), capacity=capacity, choices=2)
    gates = routing.gates * routing.kept
    found = torch.zeros(3, 11, 5).scatter_add(-1, routing.experts, gates)
    for group in range(3):
        torch.testing.assert_close(found[group], by_hand(routing.probabilities[group], capacity))


def test_top_2_layer_is_the_sum_over_all_experts_with_gates():
    torch.manual_seed(4)
    layer = MixtureOfExperts(6, 10, 4, choices=2, factor=2.0).double()
    x = torch.randn(2, 9, 6, dtype=torch.float64, requires_grad=True)
    out, routing = layer(x)
    gates = torch.zeros(2, 9, 4, dtype=x.dtype).scatter_add(
        -1, routing.experts, routing.gates * routing.kept
    )
    every = (x[:, :, None, None] @ layer.mlps.w_in).relu() @ layer.mlps.w_out
    dense = (gates[..., None] * every.squeeze(-2)).sum(2)
    torch.testing.assert_close(out, dense)
    names = [x, *layer.parameters()]
    torch.testing.assert_close(
        torch.autograd.grad(out.square().sum(), names, retain_graph=True),
        torch.autograd.grad(dense.square().sum(), names),
    )


def test_a_dropped_token_gets_nothing():
    layer = MixtureOfExperts(4, 64, 2, capacity=1)
    out, routing = layer(torch.randn(1, 6, 4))
    dropped = ~routing.kept.squeeze(-1)
    assert dropped.sum() >= 4
    assert (out[dropped] == 0).all()
    assert (out[~dropped] != 0).any(-1).all()


@pytest.mark.parametrize(
    ("tokens", "experts", "factor", "expected"),
    [(64, 8, 1.0, 8), (64, 8, 1.25, 10), (10, 4, 1.0, 2), (10, 4, 2.0, 5), (3, 2, 1.0, 1)],
)
def test_capacity_rounds_down(tokens, experts, factor, expected):
    assert expert_capacity(tokens, experts, factor) == expected


BAD = [
    (lambda: expert_capacity(3, 4, 1.0), r"capacity of at least 1, got int\(1.0 \* 3 tokens / 4"),
    (lambda: expert_capacity(0, 4, 1.0), "tokens and experts of at least 1 and a factor above 0"),
    (lambda: expert_capacity(4, 4, 0.0), "a factor above 0, got 4, 4 and 0.0"),
    (lambda: route(torch.zeros(3, 4), capacity=1), r"\(groups, tokens, experts\), got .* \(3, 4\)"),
    (lambda: route(torch.zeros(1, 3, 4), capacity=0), "capacity of at least 1, got 0"),
    (lambda: route(torch.zeros(1, 3, 4), capacity=1, choices=3), "1 or 2 choices, .* got 3"),
    (lambda: route(torch.zeros(1, 3, 1), capacity=1, choices=2), "than the 1 experts, got 2"),
    (lambda: MixtureOfExperts(4, 0, 2), "at least 1, got 4, 0, 2 and None"),
    (lambda: MixtureOfExperts(4, 4, 2, choices=3), "1 or 2 choices, .* got 3"),
    (lambda: MixtureOfExperts(4, 4, 2)(torch.zeros(1, 3, 5)), r"\(groups, tokens, 4\) .* \(1, 3, 5\)"),
    (lambda: MixtureOfExperts(4, 4, 2)(torch.zeros(1, 0, 4)), "at least one token"),
    (lambda: MixtureOfExperts(4, 4, 8)(torch.zeros(1, 3, 4)), "capacity of at least 1"),
    (lambda: MixtureOfExperts.from_hugging_face(nn.Linear(2, 2)), "SwitchTransformersSparseMLP"),
    (lambda: ExpertParallel(4, 4, 2), "expected a process group, call init_process_group"),
]  # fmt: skip  # a table reads as a table


@pytest.mark.parametrize(("call", "message"), BAD, ids=[message[:30] for _, message in BAD])
def test_bad_input_says_what_was_expected(call, message):
    with pytest.raises(ValueError, match=message):
        call()


# --- experts on several ranks

STEPS = 3


def train(layer, rows, weight, total, reduce):
    """Three steps of SGD with momentum on a mixed loss; returns outputs, last gradients and weights."""
    optimizer = torch.optim.SGD(layer.parameters(), lr=0.1, momentum=0.9)
    outputs = []
    for step in range(STEPS):
        x = rows[step].clone().requires_grad_()
        out, routing = layer(x)
        share = len(x) / total  # means over groups: a rank adds its groups' part
        loss = (out * weight).sum() + share * (balance_loss(routing) + 0.1 * z_loss(routing))
        optimizer.zero_grad()
        loss.backward()
        reduce(layer.router.weight.grad)
        optimizer.step()
        outputs.append((out.detach(), x.grad))
    parameters = [layer.router.weight, layer.mlps.w_in, layer.mlps.w_out]
    return outputs, [p.grad for p in parameters], [p.detach() for p in parameters]


@pytest.mark.parametrize("world_size", [2, 4])
@pytest.mark.parametrize("padded", [False, True])
@pytest.mark.parametrize("choices", [1, 2])
def test_experts_on_ranks_are_the_layer_of_one_process(world_size, padded, choices):
    """float64, rtol 1e-7 (`assert_close`): sums run in another order, nothing else differs."""
    torch.manual_seed(world_size)
    whole = MixtureOfExperts(6, 10, 8, choices=choices, factor=1.25 * choices).double()
    rows = torch.randn(STEPS, 4, 16, 6, dtype=torch.float64)
    weight = torch.randn(4, 16, 6, dtype=torch.float64)

    def work(rank):
        part = ExpertParallel.shard(whole, padded=padded)
        mine = slice(rank * 4 // world_size, (rank + 1) * 4 // world_size)
        return train(part, rows[:, mine], weight[mine], 4, distributed.all_reduce)

    parts = run_ranks(work, world_size)
    outputs, grads, weights = train(whole, rows, weight, 4, lambda grad: None)
    for step in range(STEPS):
        for i in (0, 1):  # the output, and the gradient of the input
            joined = torch.cat([outs[step][i] for outs, _, _ in parts])
            torch.testing.assert_close(joined, outputs[step][i])
    for expected, found in ((grads, 1), (weights, 2)):
        for part in parts:
            torch.testing.assert_close(part[found][0], expected[0])
        for i in (1, 2):
            torch.testing.assert_close(torch.cat([part[found][i] for part in parts]), expected[i])


@pytest.mark.parametrize("padded", [False, True])
def test_ranks_may_have_different_numbers_of_tokens(padded):
    """float32, the tolerance of assert_close (rtol 1.3e-6); nobody chooses the last expert."""
    torch.manual_seed(0)
    whole = MixtureOfExperts(4, 8, 4, capacity=3)
    with torch.no_grad():
        whole.router.weight[3] = -9.0
    x = [torch.rand(3, 5, 4), torch.rand(1, 7, 4)]
    parts = run_ranks(lambda rank: ExpertParallel.shard(whole, padded=padded)(x[rank]), 2)
    for rank, (out, routing) in enumerate(parts):
        torch.testing.assert_close(out, whole(x[rank])[0])
        assert routing.load[3] == 0


def test_bytes_are_those_of_the_rows_that_leave():
    torch.manual_seed(0)
    whole = MixtureOfExperts(4, 8, 4, capacity=2)
    x = torch.randn(2, 3, 10, 4)

    def work(rank, padded):
        part = ExpertParallel.shard(whole, padded=padded)
        routing = part(x[rank])[1]
        kept = torch.where(routing.kept, routing.experts, 99)
        leaving = ((kept // 2) == 1 - rank).sum().item()
        return part.traffic, leaving

    counts = []
    for rank, (_, leaving) in enumerate(run_ranks(work, 2, False)):
        arriving = run_ranks(work, 2, False)[1 - rank][1]
        counts.append((leaving, arriving))
    for (traffic, _), (leaving, arriving) in zip(run_ranks(work, 2, False), counts, strict=True):
        assert traffic == Traffic((leaving + arriving) * 4 * 4, messages=2)
    for traffic, _ in run_ranks(work, 2, True):  # 2 experts * 2 places * 3 groups, there and back
        assert traffic == Traffic(2 * 12 * 4 * 4, messages=2)


def test_exchange_sends_gradients_back_with_unequal_and_empty_parts():
    sizes = [[0, 3, 1], [2, 0, 0], [1, 1, 2]]

    def work(rank):
        x = torch.randn(sum(sizes[rank]), 2, dtype=torch.float64, requires_grad=True)
        receive = [row[rank] for row in sizes]
        out = exchange(x, sizes[rank], receive)
        (out * (rank + 1)).sum().backward()
        to = torch.arange(3).repeat_interleave(torch.tensor(sizes[rank]))
        assert torch.equal(x.grad, (to + 1.0)[:, None].expand(-1, 2).double())
        return x.detach(), out.detach()

    results = run_ranks(work, 3)
    for rank in range(3):
        wanted = [results[other][0].split(sizes[other])[rank] for other in range(3)]
        assert torch.equal(results[rank][1], torch.cat(wanted))


@pytest.mark.parametrize(
    ("work", "message"),
    [
        (lambda rank: ExpertParallel(4, 8, 3), r"^ranks 0, 1 of 2: ValueError: expected 2 ranks to divide the experts, got 3"),
        (lambda rank: ExpertParallel(4, 8, 4, capacity=0), r"^ranks 0, 1 of 2: ValueError: expected dim"),
        (lambda rank: ExpertParallel(4, 8, 4, choices=3), r"^ranks 0, 1 of 2: ValueError: expected 1 or 2 choices"),
        (lambda rank: ExpertParallel(4, 8, 4, capacity=rank + 1), r"^ranks 0, 1 of 2: ValueError: expected the same \(dim"),
        (lambda rank: ExpertParallel(4, 8, 4)(torch.zeros(1, 3, 4)), r"^ranks 0, 1 of 2: ValueError: expected a capacity of at least 1"),
        (lambda rank: exchange(torch.zeros(3, 1), [1, 1], [1, 1]), r"^ranks 0, 1 of 2: ValueError: expected 2 sizes each way"),
    ],
)  # fmt: skip  # a table reads as a table
def test_bad_input_fails_on_every_rank(work, message):
    with pytest.raises(RankError, match=message):
        run_ranks(work, 2, timeout=20.0)


def test_bad_tokens_on_one_rank_fail_on_all():
    """The counts that ranks exchange anyway say so, and nobody waits for rows."""

    def work(rank):
        layer = ExpertParallel(4, 8, 4)
        return layer(torch.zeros(1, 8 if rank else 0, 4))

    with pytest.raises(RankError) as caught:
        run_ranks(work, 2, timeout=20.0)
    assert "expected x of shape (groups, tokens, 4) with at least" in caught.value.failures[0]
    assert "expected good input on every rank, got bad input on [0]" in caught.value.failures[1]


def test_a_killed_rank_is_named():
    def work(rank):
        layer = ExpertParallel(4, 8, 4)
        if rank == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        return layer(torch.zeros(1, 8, 4))

    with pytest.raises(RankError, match=r"^rank 1 of 2: died without a word \(signal SIGKILL\)"):
        run_ranks(work, 2, timeout=20.0)


def test_a_rank_that_stays_away_ends_in_a_time_out():
    """It left the layer out: its partner waits in the exchange, and the error says where."""

    def work(rank):
        layer = ExpertParallel(4, 8, 4)
        if rank == 0:
            layer(torch.zeros(1, 8, 4))

    with pytest.raises(RankError, match=r"rank 0 of 2: .*(all_to_all|Timed out|timed out)"):
        run_ranks(work, 2, timeout=10.0)


# --- the recorded run that the figures and the page show


def test_the_beginning_of_the_recorded_training_comes_out_again():
    """Shares to 0.03 and the loss to 0.02: on another CPU a choice or two may fall otherwise."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        recorded = json.loads(moe_routing.LOAD.read_text())["runs"]
        for name, coefficient in moe_routing.COEFFICIENTS.items():
            _, _, seen = moe_routing.train(coefficient, seed=0, steps=40)
            for key, tolerance in (("load", 0.03), ("dropped", 0.03), ("loss", 0.02)):
                found, wanted = torch.tensor(seen[key]), torch.tensor(recorded[name][key][:2])
                torch.testing.assert_close(found, wanted, rtol=0, atol=tolerance)
    finally:
        torch.set_num_threads(threads)


def test_the_page_says_what_was_recorded():
    final = json.loads(moe_routing.LOAD.read_text())["final"]
    idle = [sum(x < 0.06 for x in run["load"]) for run in final["without"]]
    assert idle == [4, 3, 4]
    dropped = sorted(run["dropped"] for run in final["without"])
    assert [round(dropped[i], 2) for i in (0, 2)] == [0.31, 0.40]
    assert round(min(x for run in final["with"] for x in run["load"]), 2) == 0.07
    assert all(0.17 < run["dropped"] < 0.22 for run in final["with"])
    pairs = zip(final["with"], final["without"], strict=True)
    assert max(abs(a["loss"] - b["loss"]) for a, b in pairs) < 0.02
    routing = json.loads(moe_routing.ROUTING.read_text())
    drops = {name: routing[name]["kept"].count(False) for name in ("without", "with")}
    assert drops == {"without": 11, "with": 4}
    for name in ("without", "with"):
        spaces = [
            e
            for e, c in zip(routing[name]["expert"], routing[name]["text"], strict=True)
            if c == " "
        ]
        assert len(set(spaces)) == 1
    page = (Path(__file__).parents[1] / "docs" / "distributed" / "experts.md").read_text()
    for words in (
        "three and four end below 6 %",
        "31 to 40 %",
        "all three runs is 7 %",
        "differs by 0.02 at most",
    ):
        assert words in page


def test_ranks_with_one_seed_begin_with_different_experts_and_one_router():
    def work(rank, apart):
        torch.manual_seed(rank * apart)
        layer = ExpertParallel(4, 4, 4)
        return layer.mlps.w_in.detach(), layer.router.weight.detach()

    for apart in (0, 1):
        (mine, router), (other, same) = run_ranks(work, 2, apart, start_method="fork")
        assert mine.shape == other.shape == (2, 4, 4)
        assert not torch.equal(mine, other)
        assert torch.equal(router, same)


def test_a_factor_and_a_capacity_on_one_rank_only_are_errors_on_all():
    for settings in ({"factor": 1.0}, {"capacity": 2}):

        def work(rank, settings=settings):
            ExpertParallel(4, 4, 4, **(settings if rank else {}))

        with pytest.raises(RankError, match=r"^ranks 0, 1 of 2: ValueError: expected the same"):
            run_ranks(work, 2, start_method="fork")
