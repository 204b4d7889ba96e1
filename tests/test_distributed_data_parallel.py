"""Data parallel training equals one process with the whole batch, and DDP, in weights and gradients."""

from contextlib import nullcontext

import pytest
import torch
from torch import distributed, nn
from torch.nn.functional import cross_entropy
from torch.nn.parallel import DistributedDataParallel

from reference_impl.distributed import DataParallel, RankError, make_buckets, run_ranks
from reference_impl.gpt import GPT, GPTConfig

CONFIG = GPTConfig(vocab=11, context=6, dim=8, layers=2, heads=2)
STEPS = 3


def model(dtype=torch.float32):
    torch.manual_seed(0)
    return GPT(CONFIG.change(init_std=0.3)).to(dtype)


def batches():
    torch.manual_seed(1)
    return torch.randint(11, (STEPS, 8, 7))


def train(net, batches, after_backward=lambda: None):
    """Train on the rows given; return losses, gradients of the last step, and weights."""
    optimizer = torch.optim.AdamW(net.parameters(), lr=0.02)
    for ids in batches:
        optimizer.zero_grad()
        logits = net(ids[:, :-1])
        cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten()).backward()
        after_backward()
        optimizer.step()
    inner = getattr(net, "module", net)
    return [p.grad for p in inner.parameters()], [p.detach() for p in inner.parameters()]


def share(rank, size):
    return batches().unflatten(1, (size, -1))[:, rank]


def ours(rank, strategy, bucket_bytes, dtype):
    size = distributed.get_world_size()
    torch.manual_seed(rank)
    net = model(dtype)
    if rank:  # only rank 0's weights count
        nn.init.ones_(net.tokens.weight)
    net = DataParallel(net, strategy, bucket_bytes)
    found = train(net, share(rank, size), net.average_gradients)
    return *found, net.calls, net.bytes, net.launched_in_backward, len(net.buckets)


@pytest.mark.parametrize("size", [1, 2, 4])
@pytest.mark.parametrize("strategy", ["naive", "bucketed", "overlapped"])
def test_weights_and_gradients_are_those_of_one_process_with_the_whole_batch(strategy, size):
    expected = train(model(torch.float64), batches())
    gradients, weights = expected
    numel = sum(p.numel() for p in weights)
    for found in run_ranks(ours, size, strategy, 3000, torch.float64):
        torch.testing.assert_close(found[0], gradients, rtol=1e-9, atol=1e-12)
        torch.testing.assert_close(found[1], weights, rtol=1e-7, atol=1e-9)
        calls, handed, early, buckets = found[2:]
        assert handed == STEPS * 8 * numel
        assert calls == STEPS * (len(weights) if strategy == "naive" else buckets)
        assert early == (calls if strategy == "overlapped" else 0)


def ddp(rank, dtype):
    net = DistributedDataParallel(model(dtype))
    return train(net, share(rank, distributed.get_world_size()))


@pytest.mark.parametrize("strategy", ["naive", "bucketed", "overlapped"])
def test_two_ranks_give_the_bits_of_ddp(strategy):
    for found, expected in zip(
        run_ranks(ours, 2, strategy, 3000, torch.float32),
        run_ranks(ddp, 2, torch.float32),
        strict=True,
    ):
        for mine, theirs in zip(found[:2], expected, strict=True):
            assert all(map(torch.equal, mine, theirs))


def test_four_ranks_are_ddp_up_to_the_order_of_the_sums():
    """In float64: the gradient of a key bias is nothing but rounding, and AdamW makes steps of it."""
    mine = run_ranks(ours, 4, "overlapped", 3000, torch.float64)
    for found, expected in zip(mine, run_ranks(ddp, 4, torch.float64), strict=True):
        torch.testing.assert_close(found[0], expected[0], rtol=1e-9, atol=1e-12)
        torch.testing.assert_close(found[1], expected[1], rtol=1e-7, atol=1e-9)


def test_all_replicas_keep_the_same_bits():
    first, *others = run_ranks(ours, 4, "overlapped", 3000, torch.float32)
    for other in others:
        assert all(map(torch.equal, first[1], other[1]))


@pytest.mark.parametrize("strategy", ["naive", "bucketed", "overlapped"])
def test_accumulated_steps_are_one_large_batch_and_sent_once(strategy):
    def work(rank):
        net = DataParallel(model(torch.float64), strategy)
        rows = batches()[0].unflatten(0, (2, 2, 2))[rank]
        for step, ids in enumerate(rows):
            with net.no_sync() if step == 0 else nullcontext():
                logits = net(ids[:, :-1])
                (cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten()) / 2).backward()
        net.average_gradients()
        return [p.grad for p in net.module.parameters()], net.calls, len(net.buckets)

    net, ids = model(torch.float64), batches()[0]
    cross_entropy(net(ids[:, :-1]).flatten(0, 1), ids[:, 1:].flatten()).backward()
    for gradients, calls, buckets in run_ranks(work, 2):
        torch.testing.assert_close(gradients, [p.grad for p in net.parameters()])
        assert calls == buckets


class Branches(nn.Module):
    def __init__(self):
        super().__init__()
        self.left, self.right, self.never = nn.Linear(2, 1), nn.Linear(2, 1), nn.Linear(2, 1)

    def forward(self, x, side):
        return (self.left if side == 0 else self.right)(x)


@pytest.mark.parametrize("strategy", ["naive", "bucketed", "overlapped"])
def test_unused_parameters_count_as_zero_where_they_are_allowed(strategy):
    def work(rank):
        torch.manual_seed(0)
        net = DataParallel(Branches(), strategy, 10, allow_unused=True)
        net(torch.ones(1, 2), rank).sum().backward()
        net.average_gradients()
        inner = net.module
        return inner.left.weight.grad, inner.right.weight.grad, inner.never.weight.grad

    half = torch.full((1, 2), 0.5)
    for left, right, never in run_ranks(work, 2):
        assert torch.equal(left, half)
        assert torch.equal(right, half)
        assert never is None


@pytest.mark.parametrize("strategy", ["naive", "bucketed", "overlapped"])
def test_unused_parameters_are_otherwise_an_error_on_all_ranks(strategy):
    def work(rank):
        net = DataParallel(Branches(), strategy)
        net(torch.ones(1, 2), rank).sum().backward()
        net.average_gradients()

    message = r"^ranks 0, 1 of 2: ValueError: expected a gradient for every parameter, got none for (?=.*never\.bias on 2 of 2 ranks).*left\.weight on 1 of 2 ranks"
    with pytest.raises(RankError, match=message):
        run_ranks(work, 2)


def test_frozen_parameters_stay_out():
    def work(rank):
        net = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 1)).requires_grad_(False)
        net[1].requires_grad_(True)
        net = DataParallel(net)
        net(torch.full((1, 2), 1.0 + rank)).sum().backward()
        net.average_gradients()
        return net.bytes, net.module[0].weight.grad

    assert run_ranks(work, 2) == [(12, None)] * 2


def test_buffers_follow_rank_0_as_in_ddp():
    def work(rank):
        torch.manual_seed(3)
        plain = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
        other = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
        other.load_state_dict(plain.state_dict())
        mine, theirs = DataParallel(plain), DistributedDataParallel(other)
        for step in range(3):
            torch.manual_seed(10 * step + rank)
            x = torch.randn(4, 2)
            for net in (mine, theirs):
                net(x).square().sum().backward()
            mine.average_gradients()
        return all(
            map(torch.equal, mine.module.state_dict().values(), theirs.module.state_dict().values())
        )

    assert run_ranks(work, 2) == [True, True]


def test_a_forward_before_the_average_is_refused():
    def work(rank):
        net = DataParallel(nn.Linear(2, 1))
        net(torch.ones(1, 2)).sum().backward()
        with torch.no_grad():
            net(torch.ones(1, 2))  # an evaluation is no harm
        net(torch.ones(1, 2))

    with pytest.raises(
        RankError, match=r"ranks 0, 1 of 2: RuntimeError: expected average_gradients"
    ):
        run_ranks(work, 2)


def test_a_second_backward_is_refused():
    def work(rank):
        net = DataParallel(nn.Linear(2, 1))
        first, second = net(torch.ones(1, 2)), net(torch.ones(1, 2))
        first.sum().backward()
        second.sum().backward()

    message = r"ranks 0, 1 of 2: RuntimeError: expected one backward .* 'bias'; run all"
    with pytest.raises(RankError, match=message.replace("'bias'", "'(bias|weight)'")):
        run_ranks(work, 2)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda rank: DataParallel(nn.Linear(2, 1), "fast"), "expected a strategy of naive, bucketed, overlapped, got 'fast'"),
        (lambda rank: DataParallel(nn.ReLU()), "expected a module with parameters to train, got none"),
        (lambda rank: DataParallel(nn.Linear(2, 1), bucket_bytes=0), "expected bucket_bytes of at least 1, got 0"),
        (lambda rank: DataParallel(nn.Linear(2 + rank, 1)), r"got \('weight', \(1, 2\), 'torch.float32'\) on rank 0, \('weight', \(1, 3\)"),
        (lambda rank: DataParallel(nn.Linear(2, 1, bias=rank == 0)), r"got \('bias', .* on rank 0, None on rank 1"),
    ],
)  # fmt: skip  # a table reads as a table
def test_what_cannot_be_trained_is_an_error_on_all_ranks(make, message):
    with pytest.raises(RankError, match=f"^ranks 0, 1 of 2: ValueError: .*{message}"):
        run_ranks(make, 2)


def test_buckets_hold_one_dtype_in_reverse_order():
    net = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2).to(torch.float64), nn.Linear(2, 2))
    weights = list(net.parameters())
    assert make_buckets(weights, 10**6) == [
        [weights[5], weights[4]],
        [weights[3], weights[2]],
        [weights[1], weights[0]],
    ]
    assert [len(bucket) for bucket in make_buckets(weights, 1)] == [1] * 6


@pytest.mark.parametrize("kind", [DataParallel, DistributedDataParallel])
def test_a_rank_with_a_batch_less_leaves_the_others_waiting(kind):
    def work(rank):
        net = kind(nn.Linear(2, 1))
        for _ in range([3, 2][rank]):
            net(torch.ones(4, 2)).sum().backward()
            if kind is DataParallel:
                net.average_gradients()

    with pytest.raises(RankError, match=r"^rank 0 of 2: did not finish within 2 s"):
        run_ranks(work, 2, timeout=2.0)
