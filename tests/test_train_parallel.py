"""The training program on several ranks: each engine ends where one process does."""

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file
from torch import nn
from torch.utils.data import Dataset, TensorDataset

from reference_impl.distributed import RankError, run_ranks
from reference_impl.gpt import GPT
from reference_impl.gpt.english import task as english_task
from reference_impl.train import RunError, Task, TrainConfig, train
from reference_impl.train.interrupts import only_one

ENGINES = ["ddp", "fsdp", "tp"]


def gpt():
    return english_task(vocab=300, dim=16, layers=2, heads=4, context=16, max_characters=20_000)


@pytest.fixture(scope="module", autouse=True)
def tokens():
    """The tokenizer is trained once, in the parent of all ranks."""
    gpt()


class Uneven(Dataset):
    """Items of which some count more than others, and some nothing."""

    def __len__(self):
        return 11

    def __getitem__(self, index):
        x = torch.full((4,), float(index)).sin()
        return {"x": x, "weight": torch.tensor([0.0, 1.0, 3.0])[index % 3]}


def uneven():
    def loss(model, batch):
        return (model(batch["x"]).square().sum(1) * batch["weight"]).sum()

    model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 3))
    count = lambda batch: int(batch["weight"].sum())  # noqa: E731 - as short as a task is written
    return Task(model, Uneven(), Uneven(), loss, count, blocks=lambda model: [model[0], model[2]])


def with_dropout():
    model = nn.Sequential(nn.Linear(4, 16), nn.Dropout(0.5), nn.Linear(16, 1))
    data = TensorDataset(torch.randn(20, 4))
    return Task(model, data, data, lambda model, batch: model(batch[0]).square().sum())


def dropping_gpt():
    task = gpt()
    settings = task.model.config.change(dropout=0.2)
    return replace(task, model=GPT(settings))


def config(folder, **changes):
    settings = {"max_steps": 6, "batch_size": 5, "accumulate": 3, "ramp_steps": 4, "log_every": 1}
    return TrainConfig(
        **{"folder": str(folder), **settings, "eval_every": 3, "progress": False, **changes}
    )


def run(folder, make_task, ranks=1, **changes):
    """What a run in a folder wrote: its metrics and its weights; and how it ended on each rank."""

    def work(rank):
        return train(config(folder, **changes), make_task)

    with contextlib.redirect_stdout(io.StringIO()) as out:
        results = [work(0)] if ranks == 1 and "parallel" not in changes else run_ranks(work, ranks)
    path = folder / "weights.safetensors"
    lines = (folder / "metrics.jsonl").read_text().splitlines()
    return (
        [json.loads(line) for line in lines],
        path.exists() and load_file(path),
        results,
        out.getvalue(),
    )


def without_keys(name, weight):
    """The bias of a key changes no attention: its gradient is rounding, which AdamW divides by its own size."""
    if not name.endswith("qkv.bias"):
        return weight
    q, _, v = weight.chunk(3)
    return torch.cat((q, v))


def assert_same(found, expected, tolerance):
    for mine, theirs in zip(found[0], expected[0], strict=True):
        assert mine == pytest.approx(theirs, abs=tolerance, rel=tolerance)
    assert found[1].keys() == expected[1].keys()
    for name, weight in expected[1].items():
        torch.testing.assert_close(
            without_keys(name, found[1][name]),
            without_keys(name, weight),
            atol=tolerance,
            rtol=tolerance,
        )


@pytest.mark.parametrize("ranks", [1, 2, 4])
@pytest.mark.parametrize("parallel", ENGINES)
def test_an_engine_ends_where_one_process_does(tmp_path, parallel, ranks):
    """Losses, norms, evaluations and weights of a GPT, with five rows a batch and a growing number of batches."""
    expected = run(tmp_path / "one", gpt)
    found = run(tmp_path / "many", gpt, ranks, parallel=parallel)
    assert_same(found, expected, 2e-6)
    assert [result.step for result in found[2]] == [6] * ranks
    assert len({result.eval_loss for result in found[2]}) == 1
    assert sorted(p.name for p in (tmp_path / "many").iterdir()) == sorted(
        p.name for p in (tmp_path / "one").iterdir()
    )


@pytest.mark.parametrize("parallel", ["ddp", "fsdp"])
@pytest.mark.parametrize("batch_size", [2, 4, 7])
def test_rows_that_count_differently_and_ranks_without_rows(tmp_path, parallel, batch_size):
    changes = {"batch_size": batch_size, "max_steps": 9, "accumulate": 2, "ramp_steps": 0}
    # float32 sums in another order: the gradient of an item is up to 3 times that of another
    expected = run(tmp_path / "one", uneven, **changes)
    found = run(tmp_path / "many", uneven, 4, parallel=parallel, **changes)
    assert_same(found, expected, 1e-5)


def test_a_run_goes_on_with_other_ranks_and_another_engine(tmp_path):
    """2 ranks of ddp, then 4 of fsdp, 2 of tp, and one process, each stopped by a signal."""
    expected = run(tmp_path / "one", gpt, max_steps=8)
    folder = tmp_path / "many"
    for ranks, parallel, step in ((2, "ddp", 2), (4, "fsdp", 4), (2, "tp", 6)):
        _, _, results, _ = run(
            folder, stopped_in(gpt, step, ranks), ranks, parallel=parallel, max_steps=8
        )
        assert {(result.step, result.signal) for result in results} == {(step, signal.SIGTERM)}
    found = run(folder, gpt, max_steps=8)
    assert "resumed at step 6" in found[3]
    assert "note: ranks was 2, now 1" in found[3]
    assert_same(found, expected, 2e-6)


def stopped_in(make_task, step, ranks):
    """A task in which the last rank gets SIGTERM while it computes the given step."""

    def make():
        task = make_task()

        def loss(model, batch, inner=task.loss):
            optimizer_steps = loss.module_steps()
            if optimizer_steps == step and os.environ.get("STOPPED") != str(step):
                os.environ["STOPPED"] = str(step)
                if torch.distributed.get_rank() == ranks - 1:
                    os.kill(os.getpid(), signal.SIGTERM)
            return inner(model, batch)

        loss.module_steps = steps_done
        return Task(
            task.model, task.train_data, task.eval_data, loss, task.count, task.collate, task.blocks,
            task.tensor_parallel,
        )  # fmt: skip  # a list reads as a list

    return make


def steps_done():
    """The step at hand, read from the run that is on the stack."""
    frame = sys._getframe()
    while frame is not None:
        if frame.f_code.co_name == "train_step":
            return frame.f_locals["self"].step + 1
        frame = frame.f_back
    return 0


@pytest.mark.parametrize("ranks", [2, 3])
@pytest.mark.parametrize("parallel", ["ddp", "fsdp"])
def test_a_stopped_run_goes_on_exactly_with_dropout(tmp_path, parallel, ranks):
    """As many ranks as before, and the same engine: bit for bit, the random numbers of each rank included."""
    changes = {"parallel": parallel, "max_steps": 6, "eval_every": 2}
    expected = run(tmp_path / "straight", dropping_gpt, ranks, **changes)
    folder = tmp_path / "stopped"
    run(folder, stopped_in(dropping_gpt, 3, ranks), ranks, **changes)
    found = run(folder, dropping_gpt, ranks, **changes)
    assert "resumed at step 3" in found[3]
    assert "note" not in found[3]
    assert_same(found, expected, 0.0)
    for name, weight in expected[1].items():
        assert torch.equal(found[1][name], weight)


def test_from_rows_to_matrices_all_ranks_drop_the_same_places(tmp_path):
    """As many ranks, but what they drew apart they must now draw alike: else their copies of a norm drift apart."""
    changes = {"max_steps": 5, "eval_every": 0}
    run(tmp_path, stopped_in(dropping_gpt, 2, 2), 2, parallel="ddp", **changes)

    def work(rank):
        kept = []

        def make():
            task = dropping_gpt()
            kept.append(task.model)
            return task

        train(config(tmp_path, parallel="tp", **changes), make)
        return kept[0].tokens.weight.detach()

    with contextlib.redirect_stdout(io.StringIO()):
        first, second = run_ranks(work, 2)
    assert torch.equal(first, second)


def test_an_unused_parameter_is_no_trouble(tmp_path):
    def with_spare():
        task = uneven()
        task.model.append(nn.Linear(3, 3))
        task.model.forward = lambda x: task.model[2](task.model[1](task.model[0](x)))
        return task

    expected = run(tmp_path / "one", with_spare)
    assert_same(run(tmp_path / "two", with_spare, 2, parallel="ddp"), expected, 1e-5)


def test_ranks_that_find_different_folders_say_so(tmp_path):
    run(tmp_path / "0", stopped_in(uneven, 2, 1), 1, parallel="ddp")

    def work(rank):
        return train(config(tmp_path / str(rank), parallel="ddp"), uneven)

    with pytest.raises(RankError, match=r"checkpoints of different steps: \[2, 0\]") as error:
        run_ranks(work, 2)
    assert set(error.value.failures) == {0, 1}


def test_ranks_drop_other_places(tmp_path):
    def seen(rank):
        drawn = []
        task = with_dropout()
        task.model[1].register_forward_hook(lambda module, args, out: drawn.append(out == 0))
        train(
            config(tmp_path, parallel="ddp", max_steps=1, batch_size=8, accumulate=1, ramp_steps=0),
            lambda: task,
        )
        return drawn[0]

    with contextlib.redirect_stdout(io.StringIO()):
        first, second = run_ranks(seen, 2)
    assert not torch.equal(first, second)


@pytest.mark.parametrize("parallel", ["ddp", "fsdp"])
def test_float16_skips_the_same_steps(tmp_path, parallel):
    """The first scale, 65536, is too large for this loss: steps are skipped until it is not, on all ranks alike."""

    def steep():
        model = nn.Linear(4, 1)
        data = TensorDataset(torch.linspace(-1, 1, 40).view(10, 4))
        return Task(
            model, data, None, lambda model, batch: (30 * model(batch[0]) - 9).square().sum()
        )

    changes = {
        "precision": "fp16",
        "max_steps": 8,
        "clip_norm": 0,
        "eval_every": 0,
        "accumulate": 1,
        "ramp_steps": 0,
    }
    expected = run(tmp_path / "one", steep, **changes)
    found = run(tmp_path / "two", steep, 2, parallel=parallel, **changes)
    rates = [[row["learning_rate"] for row in rows] for rows in (expected[0], found[0])]
    assert rates[0] == rates[1]
    assert len(set(rates[0])) < len(rates[0])  # some steps were skipped
    for name, weight in expected[1].items():
        torch.testing.assert_close(
            found[1][name], weight, atol=1e-3, rtol=1e-2
        )  # float16 rounds rows differently


def test_a_folder_in_use_is_refused_on_every_rank(tmp_path):
    with only_one(tmp_path), pytest.raises(RankError) as error:
        run(tmp_path, uneven, 2, parallel="ddp")
    assert set(error.value.failures) == {0, 1}
    assert all(
        "another process is training" in failure for failure in error.value.failures.values()
    )


def test_a_rank_may_train_a_run_of_its_own(tmp_path):
    """With `parallel: none` the ranks of a group know nothing of each other, and one of them may stay away."""

    def work(rank):
        return train(config(tmp_path / "own"), uneven).step if rank == 1 else None

    with contextlib.redirect_stdout(io.StringIO()):
        assert run_ranks(work, 2) == [None, 6]


def test_settings_that_do_not_fit_are_refused(tmp_path, monkeypatch):
    with pytest.raises(
        RunError, match=r"parallel is 'ddp', but this process has no rank: start it with torchrun"
    ):
        train(config(tmp_path, parallel="ddp"), uneven)
    for changes, says in (
        ({"parallel": "tp"}, "does not say how to cut its model"),
        ({"parallel": "tp", "precision": "fp16"}, "fp16 does not go with parallel 'tp'"),
    ):
        with pytest.raises(RankError, match=says) as error:
            run(tmp_path, uneven, 2, **changes)
        assert set(error.value.failures) == {0, 1}
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(RunError, match=r"WORLD_SIZE is 2: set parallel to ddp, fsdp or tp"):
        train(config(tmp_path), uneven)


def test_heads_that_ranks_do_not_divide_are_refused_on_every_rank(tmp_path):
    def three_heads():
        return english_task(vocab=300, dim=12, layers=1, heads=3, context=16, max_characters=20_000)

    with pytest.raises(
        RankError, match="expected the heads to be a multiple of the 2 ranks, got 3"
    ) as error:
        run(tmp_path, three_heads, 2, parallel="tp")
    assert set(error.value.failures) == {0, 1}


@pytest.mark.parametrize("parallel", ["ddp", "fsdp"])
def test_a_loss_that_is_not_finite_stops_every_rank(tmp_path, parallel):
    def spoilt():
        task = uneven()

        def loss(model, batch):
            lost = torch.distributed.get_rank() == 1 and steps_done() == 3
            return task.loss(model, batch) * (float("nan") if lost else 1.0)

        return Task(task.model, task.train_data, None, loss, task.count)

    with pytest.raises(RankError, match="the loss of step 3 is nan") as error:
        run(tmp_path, spoilt, 2, parallel=parallel, checkpoint_every=1)
    assert set(error.value.failures) == {0, 1}


def test_a_batch_without_anything_to_predict_is_refused_on_every_rank(tmp_path):
    def empty():
        task = uneven()
        return Task(task.model, task.train_data, None, task.loss, lambda batch: 0)

    with pytest.raises(RankError, match="nothing to predict") as error:
        run(tmp_path, empty, 2, parallel="ddp")
    assert set(error.value.failures) == {0, 1}


def test_a_weight_used_twice_is_written_once(tmp_path):
    class Tied(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.second = nn.Linear(4, 4, bias=False), nn.Linear(4, 4, bias=False)
            self.second.weight = self.first.weight

        def forward(self, x):
            return self.second(self.first(x).tanh())

    def tied():
        data = TensorDataset(torch.linspace(-1, 1, 40).view(10, 4))
        return Task(Tied(), data, None, lambda model, batch: model(batch[0]).square().sum())

    expected = run(tmp_path / "one", tied)
    # With three ranks the last has no row of the matrix.
    for parallel, ranks in (("ddp", 2), ("fsdp", 2), ("fsdp", 3)):
        found = run(tmp_path / f"{parallel}{ranks}", tied, ranks, parallel=parallel)
        assert_same(found, expected, 1e-6)
        assert len(found[1]) == 1


@pytest.mark.slow
def test_torchrun_starts_it_and_a_signal_to_the_launcher_saves(tmp_path):
    """As from a shell: the launcher passes SIGTERM on, and the same command goes on."""
    words = [
        sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2",
        "-m", "reference_impl.train", "--parallel=fsdp", "--task=reference_impl.train.characters:task",
        f"--folder={tmp_path}", "--max_steps=4000", "--log_every=1", "--options.width=8", "--options.max_bytes=5000",
    ]  # fmt: skip  # a list reads as a list
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"}
    said = ""
    with subprocess.Popen(
        words,
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as started:
        for line in started.stdout:
            said += line
            if line.startswith("step 3/"):
                started.send_signal(signal.SIGTERM)
    assert started.returncode != 0
    assert said.count("and saved; the same command goes on from there") == 1
    assert len(list((tmp_path / "checkpoints").iterdir())) >= 1
