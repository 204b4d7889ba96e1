"""Each stage of ZeRO trains as one process does, and holds the bytes that the formula gives."""

import pytest
import torch
from torch import distributed, nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.nn.functional import cross_entropy

from reference_impl.distributed import RankError, Zero1, Zero2, Zero3, run_ranks, zero_bytes
from reference_impl.gpt import GPT, GPTConfig

CONFIG = GPTConfig(vocab=11, context=6, dim=8, layers=3, heads=2, init_std=0.3)
STAGES = [Zero1, Zero2, Zero3]
STEPS = 4


def make_optimizer(parameters):
    return torch.optim.AdamW(parameters, lr=0.02, weight_decay=0.1)


def model(dtype=torch.float64):
    torch.manual_seed(0)
    return GPT(CONFIG).to(dtype)


def batches():
    torch.manual_seed(1)
    return torch.randint(11, (STEPS, 8, 7))


def loss_of(net, ids):
    return cross_entropy(net(ids[:, :-1]).flatten(0, 1), ids[:, 1:].flatten())


def alone():
    net, losses = model(), []
    optimizer = make_optimizer(net.parameters())
    for ids in batches():
        optimizer.zero_grad()
        loss = loss_of(net, ids)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    gradients = {name: p.grad for name, p in net.named_parameters()}
    return losses, gradients, {name: p.detach() for name, p in net.named_parameters()}


def sharded(rank, stage, dtype, units=True):
    size, losses = distributed.get_world_size(), []
    net = model(dtype)
    if rank:
        nn.init.ones_(net.tokens.weight)  # only rank 0's weights count
    zero = stage(net, [*net.blocks] if units else [], make_optimizer)
    for ids in batches().unflatten(1, (size, -1))[:, rank]:
        zero.zero_grad()
        loss = loss_of(zero, ids)
        loss.backward()
        zero.average_gradients()
        zero.step()
        distributed.all_reduce(loss := loss.detach())
        losses.append(loss.item() / size)
    counted = zero.peak, zero.held_bytes(), zero.reduced, zero.gathered
    pieces = [unit.piece * size for unit in zero.units]
    return losses, zero.full_gradients(), zero.full_parameters(), counted, pieces


@pytest.mark.parametrize("size", [1, 2, 4])
@pytest.mark.parametrize("stage", STAGES)
def test_training_is_that_of_one_process(stage, size):
    losses, gradients, weights = alone()
    for found in run_ranks(sharded, size, stage, torch.float64):
        assert found[0] == pytest.approx(losses, rel=1e-9)
        for name, gradient in gradients.items():
            torch.testing.assert_close(found[1][name], gradient, rtol=1e-9, atol=1e-12)
            torch.testing.assert_close(found[2][name], weights[name], rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("stage", STAGES)
def test_one_unit_for_all_works_as_well(stage):
    losses, *_ = alone()
    assert run_ranks(sharded, 2, stage, torch.float64, False)[0][0] == pytest.approx(losses)


@pytest.mark.parametrize("size", [2, 4])
def test_bytes_are_the_formulas_and_what_is_in_flight(size):
    numel = sum(p.numel() for p in model().parameters())
    for stage, kind in enumerate(STAGES, start=1):
        for *_, (peak, held, reduced, gathered), pieces in run_ranks(
            sharded, size, kind, torch.float32
        ):
            whole, largest = sum(pieces), max(pieces)
            filled = 4 * (whole - numel)
            assert 0 <= filled < 4 * size * len(pieces)
            formula = zero_bytes(whole, stage, size)
            counters = 4 * len(pieces)
            assert peak["optimizer"] == held["optimizer"] == formula["optimizer"] + counters
            if stage < 3:
                assert peak["parameters"] == held["parameters"] == formula["parameters"]
                assert gathered == STEPS * 4 * whole
            else:
                assert held["parameters"] == formula["parameters"]
                rest, unit = pieces[-1], pieces[0]
                assert peak["parameters"] == formula["parameters"] + 4 * (rest + unit)
                assert gathered == STEPS * 4 * (2 * whole - rest)
            if stage == 1:
                assert peak["gradients"] == 4 * numel
            else:
                assert (
                    formula["gradients"] < peak["gradients"] <= formula["gradients"] + 4 * largest
                )
            assert held["gradients"] == 4 * whole // size
            assert reduced == STEPS * 4 * whole


@pytest.mark.parametrize("stage", STAGES)
def test_gradients_of_several_backwards_add_up(stage):
    def work(rank):
        net = model()
        zero = stage(net, [*net.blocks], make_optimizer)
        for ids in batches()[0].unflatten(0, (2, 2, 2))[:, rank]:
            (loss_of(zero, ids) / 2).backward()
            zero.average_gradients()
        return zero.full_gradients(), zero.gradient_norm()

    net = model()
    loss_of(net, batches()[0]).backward()
    norm = torch.nn.utils.clip_grad_norm_(net.parameters(), 1e9)
    for gradients, found in run_ranks(work, 2):
        torch.testing.assert_close(found, norm)
        for name, parameter in net.named_parameters():
            torch.testing.assert_close(gradients[name], parameter.grad)


def test_stage_3_frees_all_after_a_forward_without_gradients():
    def work(rank):
        net = model()
        zero = Zero3(net, [*net.blocks], make_optimizer)
        at_rest = zero.held_bytes()
        with torch.no_grad():
            out = zero(batches()[0][:, :6])
        assert zero.held_bytes() == at_rest
        assert all(p.numel() == 0 for p in net.parameters())
        return out

    expected = model()(batches()[0][:, :6])
    for found in run_ranks(work, 2):
        torch.testing.assert_close(found, expected.detach())


def test_fully_shard_trains_like_all_of_them():
    def work(rank):
        net, losses = model(), []
        mesh = init_device_mesh("cpu", (2,))
        for block in net.blocks:
            fully_shard(block, mesh=mesh)
        fully_shard(net, mesh=mesh)
        optimizer = make_optimizer(net.parameters())
        for ids in batches().unflatten(1, (2, -1))[:, rank]:
            optimizer.zero_grad()
            loss = loss_of(net, ids)
            loss.backward()
            optimizer.step()
            distributed.all_reduce(loss := loss.detach())
            losses.append(loss.item() / 2)
        return losses, {name: p.full_tensor().detach() for name, p in net.named_parameters()}

    losses, _, weights = alone()
    for found, parameters in run_ranks(work, 2):
        assert found == pytest.approx(losses, rel=1e-9)
        for name, weight in weights.items():
            torch.testing.assert_close(parameters[name], weight, rtol=1e-7, atol=1e-9)


def test_sizes_that_do_not_divide_are_filled_up():
    def work(rank, stage):
        torch.manual_seed(0)
        net = nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 2))
        zero = stage(net, [net[0]], make_optimizer)
        for _ in range(3):
            zero.zero_grad()
            zero(torch.ones(2, 3)).square().sum().backward()
            zero.average_gradients()
            zero.step()
        return zero.full_parameters()

    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 2))
    optimizer = make_optimizer(net.parameters())
    for _ in range(3):
        optimizer.zero_grad()
        net(torch.ones(2, 3)).square().sum().backward()
        optimizer.step()
    for stage in STAGES:
        for found in run_ranks(work, 3, stage):
            for name, parameter in net.named_parameters():
                torch.testing.assert_close(found[name], parameter.detach())


class Two(nn.Module):
    def __init__(self):
        super().__init__()
        self.used, self.other = nn.Linear(2, 1), nn.Linear(2, 1)

    def forward(self, x, side):
        return self.used(x) + (self.other(x) if side else 0)


@pytest.mark.parametrize("stage", STAGES)
def test_an_unused_parameter_is_an_error_on_all_ranks(stage):
    def work(rank):
        net = Two()
        # In stage 3 all ranks must call all units, so here it has none.
        zero = stage(net, [] if stage is Zero3 else [net.used, net.other], make_optimizer)
        zero(torch.ones(1, 2), rank).sum().backward()
        zero.average_gradients()

    message = r"^ranks 0, 1 of 2: ValueError: expected a gradient for every parameter, got none for other\.weight on 1 of 2 ranks"
    with pytest.raises(RankError, match=message):
        run_ranks(work, 2)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: (net := nn.Sequential(nn.Linear(2, 1)), [net, net[0]]), "without common parameters, got '0.weight' in units 0 and 1"),
        (lambda: (nn.Linear(2, 1), [nn.Linear(2, 1)]), "parts of the module, got unit 0"),
        (lambda: (net := nn.Sequential(nn.Linear(2, 1), nn.ReLU()), [net[0], net[1]]), "units with parameters, got none in unit 1"),
        (lambda: (nn.Sequential(nn.Linear(2, 1), nn.Linear(1, 1).double()), []), "one dtype in a unit, got torch.float32, torch.float64 in the unit of '0.weight'"),
        (lambda: (nn.Linear(2, 1).requires_grad_(False), []), r"all trained, got frozen ones: \['weight', 'bias'\]"),
        (lambda: (nn.Linear(2, 1 + distributed.get_rank()), []), r"same parameters on all ranks, got \('weight', \(1, 2\)"),
    ],
)  # fmt: skip  # a table reads as a table
def test_what_cannot_be_split_is_an_error_on_all_ranks(make, message):
    with pytest.raises(RankError, match=f"^ranks 0, 1 of 2: ValueError: expected .*{message}"):
        run_ranks(lambda rank: Zero2(*make(), make_optimizer), 2)


@pytest.mark.parametrize("call", [Zero1.step, Zero1.gradient_norm, Zero1.full_gradients])
def test_without_averaged_gradients_there_is_no_step(call):
    def work(rank):
        zero = Zero1(nn.Linear(2, 1), [], make_optimizer)
        zero(torch.ones(1, 2)).sum().backward()
        call(zero)

    with pytest.raises(RankError, match=r"^ranks 0, 1 of 2: RuntimeError: expected average_grad"):
        run_ranks(work, 2)


@pytest.mark.parametrize("stage", STAGES)
def test_a_forward_before_the_average_is_refused(stage):
    def work(rank):
        zero = stage(nn.Linear(2, 1), [], make_optimizer)
        zero(torch.ones(1, 2)).sum().backward()
        zero(torch.ones(1, 2))

    with pytest.raises(RankError, match=r"^ranks 0, 1 of 2: RuntimeError: .* got a forward"):
        run_ranks(work, 2)


def test_in_stage_3_a_unit_that_one_rank_does_not_call_leaves_the_others_waiting():
    def work(rank):
        net = Two()
        zero = Zero3(net, [net.used, net.other], make_optimizer)
        with torch.no_grad():
            zero(torch.ones(1, 2), rank)

    with pytest.raises(RankError, match=r"^rank 1 of 2: did not finish within 2 s"):
        run_ranks(work, 2, timeout=2.0)


def test_the_formula_refuses_what_it_does_not_know():
    with pytest.raises(ValueError, match="a stage from 0 to 3 and at least 1 rank, got 4 and 2"):
        zero_bytes(10, 4, 2)
    with pytest.raises(ValueError, match="got 1 and 0"):
        zero_bytes(10, 1, 0)


class Chain(nn.Module):
    """Two blocks, each with a layer that only some ranks use."""

    def __init__(self):
        super().__init__()
        self.blocks = nn.ModuleList([Two(), Two()])

    def forward(self, x, side):
        for block in self.blocks:
            x = block(x, side).expand(-1, 2)
        return x


def test_a_hole_in_a_unit_that_all_ranks_call_is_an_error_on_all_in_stage_3_too():
    def work(rank):
        net = Chain()
        zero = Zero3(net, [*net.blocks], lambda p: torch.optim.SGD(p, lr=0.1))
        zero(torch.ones(1, 2), rank).sum().backward()
        zero.average_gradients()

    with pytest.raises(RankError, match=r"^ranks 0, 1 of 2: ValueError: .*other"):
        run_ranks(work, 2, timeout=20.0, start_method="fork")


def test_a_forward_without_gradients_in_between_changes_nothing_in_stage_3():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))

    def work(rank, look):
        zero = Zero3(net, [net[0]], lambda p: torch.optim.SGD(p, lr=0.1))
        loss = zero(torch.ones(1, 3) * rank).square().sum()
        if look:
            with torch.no_grad():
                zero(torch.ones(1, 3))
        loss.backward()
        zero.average_gradients()
        zero.step()
        return zero.full_parameters()

    plain, looked = (run_ranks(work, 2, look, start_method="fork")[0] for look in (False, True))
    for name, weight in plain.items():
        assert torch.equal(weight, looked[name])
