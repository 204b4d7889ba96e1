"""The same task on DeepSpeed: its losses and weights are those of one process, for each stage of ZeRO."""

import contextlib
import io
import json
import os
from dataclasses import replace

import pytest

os.environ.setdefault("DS_ACCELERATOR", "cpu")
pytest.importorskip("deepspeed", reason="needs the optional install 'deepspeed'")

import torch
from safetensors.torch import load_file
from torch import nn
from torch.utils.data import TensorDataset

from reference_impl.distributed import RankError, run_ranks
from reference_impl.gpt.english import task as english_task
from reference_impl.train import RunError, Task, TrainConfig, train
from reference_impl.train.with_deepspeed import deepspeed_settings, train_with_deepspeed
from tests.test_train_parallel import without_keys

SETTINGS = {"batch_size": 8, "accumulate": 2, "max_steps": 6, "log_every": 1, "checkpoint_every": 2}


def gpt():
    return english_task(vocab=300, dim=16, layers=2, heads=4, context=16, max_characters=20_000)


def config(folder, **changes):
    return TrainConfig(folder=str(folder), progress=False, **{**SETTINGS, **changes})


def on_ranks(folder, stage, ranks=2, make_task=gpt, **changes):
    def work(rank):
        return train_with_deepspeed(config(folder, **changes), stage, make_task)

    return run_ranks(work, ranks)


def rows(folder):
    lines = map(json.loads, (folder / "metrics.jsonl").read_text().splitlines())
    return [row for row in lines if "loss" in row]


def assert_same(found, expected):
    for mine, theirs in zip(rows(found), rows(expected), strict=True):
        assert mine == pytest.approx(theirs, abs=2e-6, rel=2e-6)
    mine, theirs = (load_file(folder / "weights.safetensors") for folder in (found, expected))
    assert mine.keys() == theirs.keys()
    for name, weight in theirs.items():
        torch.testing.assert_close(
            without_keys(name, mine[name]), without_keys(name, weight), atol=2e-6, rtol=2e-6
        )


@pytest.fixture(scope="module")
def one(tmp_path_factory):
    folder = tmp_path_factory.mktemp("one")
    with contextlib.redirect_stdout(io.StringIO()):
        train(config(folder), gpt)
    return folder


@pytest.mark.parametrize("ranks", [2, 4])
@pytest.mark.parametrize("stage", [1, 2, 3])
def test_a_stage_ends_where_one_process_does(tmp_path, one, stage, ranks):
    assert on_ranks(tmp_path, stage, ranks) == [6] * ranks
    assert_same(tmp_path, one)


@pytest.mark.parametrize("stage", [1, 3])
def test_a_run_that_broke_goes_on_from_its_checkpoint(tmp_path, one, stage):
    """The fourth step fails on one rank: the checkpoint of the second is there, and what was logged after it goes."""

    def broken():
        task, calls = gpt(), []

        def loss(model, batch):
            calls.append(1)
            if len(calls) > 6 and torch.distributed.get_rank() == 1:
                raise RuntimeError("broken")
            return task.loss(model, batch)

        return Task(task.model, task.train_data, task.eval_data, loss, task.count)

    with pytest.raises(RankError, match="broken"):
        on_ranks(tmp_path, stage, make_task=broken)
    assert 2 <= len(rows(tmp_path)) < 6
    assert on_ranks(tmp_path, stage) == [6, 6]
    assert_same(tmp_path, one)


def test_an_epoch_ends_with_its_last_whole_batch(tmp_path):
    def ten():
        seen = []
        data = TensorDataset(torch.arange(10.0).view(10, 1))

        def loss(model, batch):
            seen.append(sorted(batch[0].flatten().tolist()))
            if len(seen) == 4:
                (tmp_path / f"seen{torch.distributed.get_rank()}").write_text(json.dumps(seen))
            return model(batch[0]).square().sum()

        return Task(nn.Linear(1, 1), data, None, loss)

    on_ranks(tmp_path, 1, make_task=ten, batch_size=4, accumulate=1, max_steps=4)
    first, second = (json.loads((tmp_path / f"seen{rank}").read_text()) for rank in (0, 1))
    for epoch in (slice(0, 2), slice(2, 4)):
        used = [item for batch in first[epoch] + second[epoch] for item in batch]
        assert len(used) == len(set(used)) == 8


def eight():
    data = TensorDataset(torch.linspace(-1, 1, 32).view(8, 4))
    return Task(nn.Linear(4, 1), data, None, lambda model, batch: model(batch[0]).square().sum())


def test_an_epoch_without_rest_is_followed_by_the_next(tmp_path):
    changes = {"batch_size": 4, "accumulate": 1}
    with contextlib.redirect_stdout(io.StringIO()):
        train(config(tmp_path / "one", **changes), eight)
    on_ranks(tmp_path / "two", 1, make_task=eight, **changes)
    assert_same(tmp_path / "two", tmp_path / "one")


def test_micro_batches_that_count_differently_are_refused(tmp_path):
    def counted():
        return replace(eight(), count=lambda batch: int((batch[0][:, 0] > 0).sum()))

    with pytest.raises(RankError, match="expected micro-batches with one count above 0") as error:
        on_ranks(tmp_path, 1, make_task=counted, batch_size=4)
    assert set(error.value.failures) == {0, 1}


def test_other_settings_are_refused(tmp_path):
    on_ranks(tmp_path, 1, make_task=eight, batch_size=4, accumulate=1, max_steps=2)
    with pytest.raises(RankError, match=r"learning_rate was 0\.001, now 0\.5"):
        on_ranks(
            tmp_path, 1, make_task=eight, batch_size=4, accumulate=1, max_steps=2, learning_rate=0.5
        )


@pytest.mark.parametrize(
    ("changes", "stage", "says"),
    [
        ({}, 4, "expected a ZeRO stage from 1 to 3, got 4"),
        ({"batch_size": 7}, 1, "expected batch_size to be a multiple of the 2 ranks, got 7"),
        ({"ramp_steps": 3}, 1, "expected ramp_steps 0 here, got 3"),
        ({"precision": "bf16"}, 1, "expected precision 'fp32' here, got 'bf16'"),
        ({"batch_size": 10_000}, 1, "expected at least 10000 items for a batch"),
    ],
)
def test_settings_that_do_not_fit_are_refused_on_every_rank(tmp_path, changes, stage, says):
    with pytest.raises(RankError) as error:
        on_ranks(tmp_path, stage, **changes)
    assert set(error.value.failures) == {0, 1}
    assert all(says in failure for failure in error.value.failures.values())


def test_without_ranks_it_says_how_to_start(tmp_path):
    with pytest.raises(
        RunError, match="expected to be started by torchrun or deepspeed, got no RANK"
    ):
        train_with_deepspeed(config(tmp_path), 1, gpt)


def test_each_setting_has_its_name_in_deepspeed():
    settings = deepspeed_settings(
        TrainConfig(batch_size=12, accumulate=3, clip_norm=0.5), 2, ranks=4
    )
    assert settings["train_micro_batch_size_per_gpu"] == 3
    assert settings["gradient_accumulation_steps"] == 3
    assert settings["gradient_clipping"] == 0.5
    assert settings["zero_optimization"]["stage"] == 2
