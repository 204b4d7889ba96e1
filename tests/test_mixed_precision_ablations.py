"""Each part of mixed precision, taken away on ten seeds: what fails, and how."""

import pytest
import torch

from reference_impl.mixed_precision import (
    GradScaler,
    LevelTask,
    MasterWeights,
    Recipe,
    matmul_in,
    train_level,
)

FP16, BF16, FP32 = torch.float16, torch.bfloat16, torch.float32
SEEDS = range(10)


@pytest.fixture(scope="module", params=SEEDS)
def task(request):
    return LevelTask.make(request.param)


@pytest.fixture(scope="module")
def fp32(task):
    return train_level(task, Recipe(dtype=FP32, loss_scaling=False))


def test_with_all_three_float16_follows_float32(task, fp32):
    losses = train_level(task, Recipe())
    far = [abs(a / b - 1) for a, b in zip(losses, fp32, strict=True) if b > 1e-5]
    assert len(far) > 70
    assert max(far) < 0.06
    assert losses[-1] < 2e-7  # float16 outputs: a spacing of 2**-11, squared, over 12, is 2e-8
    assert fp32[-1] < 1e-7


def test_without_master_weights_the_updates_are_lost(task, fp32):
    losses = train_level(task, Recipe(master_weights=False))
    assert max(losses[-50:]) < 1.01 * min(losses[-50:])  # nothing moves any more
    assert losses[-1] > 100 * fp32[-1]
    assert 3e-5 < losses[-1] < 7e-5


def test_without_loss_scaling_the_gradients_underflow(task, fp32):
    losses = train_level(task, Recipe(loss_scaling=False))
    assert losses[-1] > 10 * train_level(task, Recipe())[-1]
    assert 1e-6 < losses[-1] < 4e-6


def test_the_gradients_that_underflow_are_zero():
    task = LevelTask.make(0)
    signals, counts = task.signals.half(), []
    for factor in (1.0, 65536.0):
        weights = torch.full((4096,), 1.3, dtype=FP16, requires_grad=True)
        mean = (signals @ weights) / 4096
        error = torch.full_like(task.targets, 1e-3)
        ((mean.float() - mean.detach().float() + error).square().mean() * factor).backward()
        counts.append(int((weights.grad == 0).sum()))
    assert counts == [4096, 0]


def test_with_sums_in_float16_the_product_stalls(task, fp32):
    losses = train_level(task, Recipe(accumulate=FP16))
    assert losses[0] > 2 * fp32[0]  # the first output is wrong already
    assert losses[-1] > 5e-3
    assert all(loss > 0.2 * fp32[0] for loss in losses[-50:])


def test_bfloat16_needs_no_scale_but_the_rest(task):
    plain = Recipe(dtype=BF16, loss_scaling=False)
    losses = train_level(task, plain)
    assert losses == train_level(task, Recipe(dtype=BF16))  # a power of two changes nothing
    assert losses[-1] < 1e-5
    lost = train_level(task, Recipe(dtype=BF16, loss_scaling=False, master_weights=False))
    assert len(set(lost[-50:])) == 1
    assert lost[-1] > 100 * losses[-1]


def test_bfloat16_sums_stall_too():
    recipe = Recipe(dtype=BF16, loss_scaling=False, accumulate=BF16)
    assert min(train_level(LevelTask.make(0), recipe, steps=40)) > 0.2


@pytest.mark.parametrize("dtype", [FP16, BF16])
def test_products_against_a_loop(dtype):
    torch.manual_seed(0)
    a, b = torch.randn(3, 200).to(dtype), torch.randn(200).to(dtype)
    total = torch.zeros(3, dtype=dtype)
    for i in range(200):
        total = total + a[:, i] * b[i]
    assert torch.equal(matmul_in(a, b, dtype), total)
    exact = a.double() @ b.double()
    assert torch.allclose(matmul_in(a, b, FP32).double(), exact, rtol=2 * torch.finfo(dtype).eps)
    assert not torch.equal(matmul_in(a, b, FP32), total)


def test_master_weights_with_a_net_equal_float32_where_rounding_is_exact():
    """Weights and inputs of few digits: the 16-bit model computes exactly what the float32 one does."""
    models = [torch.nn.Linear(2, 1, dtype=d) for d in (FP16, FP32)]
    for model in models:
        torch.nn.init.constant_(model.weight, 0.5)
        torch.nn.init.zeros_(model.bias)
    masters = MasterWeights(models[0].parameters())
    half, full = (torch.optim.SGD(p, lr=0.25) for p in (masters.copies, models[1].parameters()))
    scaler = GradScaler(init_scale=256.0)
    for _ in range(3):
        for model in models:
            out = model(torch.tensor([[1.0, 2.0]], dtype=model.weight.dtype))
            (scaler.scale(out.sum()) if model is models[0] else out.sum()).backward()
        masters.take_gradients()
        assert models[0].weight.grad is None
        scaler.step(half)
        scaler.update()
        masters.give_weights()
        full.step()
        full.zero_grad()
    assert models[0].weight.dtype == FP16
    assert torch.equal(models[0].weight.float(), models[1].weight)
    assert torch.equal(masters.copies[1], models[1].bias)


def test_a_parameter_without_gradient_gives_none():
    weights = [torch.nn.Parameter(torch.ones(1, dtype=FP16)) for _ in range(2)]
    masters = MasterWeights(weights)
    weights[0].sum().backward()
    masters.take_gradients()
    assert masters.copies[0].grad.dtype == FP32
    assert masters.copies[1].grad is None


def test_gradients_of_micro_batches_are_added_in_float32():
    weight = torch.nn.Parameter(torch.ones(1, dtype=FP16))
    masters = MasterWeights([weight])
    for factor in (1.0, 2.0):
        (weight * factor).sum().backward()
        masters.take_gradients()
    assert masters.copies[0].grad.item() == 3.0
    masters.take_gradients()  # nothing new
    assert masters.copies[0].grad.item() == 3.0
    masters.give_weights()
    assert masters.copies[0].grad is None
    for _ in range(4096):
        weight.sum().backward()
        masters.take_gradients()
    assert masters.copies[0].grad.item() == 4096.0  # added up in float16 they stall at 2048
    assert masters.copies[0].grad.dtype == FP32


def test_a_resumed_run_equals_one_that_was_not_stopped():
    def run(stop, keep_copies=True):
        torch.manual_seed(0)
        model = torch.nn.Linear(4, 1, dtype=FP16)
        masters = MasterWeights(model.parameters())
        optimizer = torch.optim.SGD(masters.copies, lr=1e-4)
        for step in range(100):
            if step == stop:  # a new process: other weights, loaded from the two state dicts
                weights = {k: v.clone() for k, v in model.state_dict().items()}
                saved = {"copies": [copy.clone() for copy in masters.state_dict()["copies"]]}
                model = torch.nn.Linear(4, 1, dtype=FP16)
                model.load_state_dict(weights)
                masters = MasterWeights(model.parameters())
                if keep_copies:
                    torch.nn.init.zeros_(model.weight)
                    masters.load_state_dict(saved)
                optimizer = torch.optim.SGD(masters.copies, lr=1e-4)
            model(torch.ones(1, 4, dtype=FP16)).sum().backward()
            masters.take_gradients()
            optimizer.step()
            masters.give_weights()
        return torch.cat([c.detach().flatten() for c in masters.copies]), model.weight.detach()

    copies, weight = run(stop=None)
    resumed, its_weight = run(stop=50)
    assert torch.equal(copies, resumed)
    assert torch.equal(weight, its_weight)
    assert not torch.equal(copies, run(stop=50, keep_copies=False)[0])  # the model's are rounded


def test_copies_that_do_not_fit_are_refused_and_nothing_changes():
    masters = MasterWeights([torch.nn.Parameter(torch.ones(2, dtype=FP16)) for _ in range(2)])
    good = torch.zeros(2)
    for copies in ([good], [good, good, good], [good, torch.zeros(3)], [good, good.half()]):
        with pytest.raises(ValueError, match="expected copies of"):
            masters.load_state_dict({"copies": copies})
        assert all(torch.equal(copy, torch.ones(2)) for copy in masters.copies)


def test_bad_input():
    a = torch.ones(1, 4, dtype=FP16)
    for accumulate in (torch.float64, BF16):
        with pytest.raises(ValueError, match=r"accumulate to be float32 or torch\.float16, got"):
            matmul_in(a, a[0], accumulate)
    with pytest.raises(ValueError, match=r"float32 or torch\.bfloat16, got torch\.float16"):
        matmul_in(a.bfloat16(), a[0].bfloat16(), FP16)
    with pytest.raises(ValueError, match="at least one parameter, got none"):
        MasterWeights([])
    with pytest.raises(ValueError, match=r"leaves of floating point, got a torch\.int64"):
        MasterWeights([torch.ones(2, dtype=torch.long)])
    with pytest.raises(ValueError, match="leaves of floating point"):
        MasterWeights([torch.ones(2, requires_grad=True) * 2])
