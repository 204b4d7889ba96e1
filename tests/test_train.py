"""The training program: it computes what it says, stops when asked, and goes on exactly where it was."""

import copy
import csv
import json
import math
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from dataclasses import asdict, replace

import pytest
import torch
from safetensors.torch import load_file
from torch import nn
from torch.utils.data import Dataset, TensorDataset

from reference_impl.saving import CheckpointError, CheckpointFolder, load_checkpoint
from reference_impl.train import MetricsFile, RunError, Task, TrainConfig, train
from reference_impl.train import loop as loop_module
from reference_impl.train.__main__ import main, read_config
from reference_impl.train.characters import task as characters
from reference_impl.train.interrupts import only_one
from reference_impl.train.loop import Run
from tests.killed_runs import end_state, flat


def squared_error(model, batch):
    return (model(batch[0]) - batch[1]).pow(2).sum()


def points(n=40, dropout=0.2):
    torch.manual_seed(1)
    x = torch.randn(n, 4)
    y = x.sum(1, keepdim=True)
    net = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Dropout(dropout), nn.Linear(8, 1))
    torch.manual_seed(2)
    return Task(net, TensorDataset(x, y), TensorDataset(x[:9], y[:9]), squared_error)


def config(folder, **changes):
    fast = {
        "max_steps": 12,
        "batch_size": 8,
        "checkpoint_every": 4,
        "log_every": 3,
        "progress": False,
    }
    return TrainConfig(folder=str(folder / "run"), **fast | changes)


def differing(one, other):
    """Name what differs. Python's generator is left to the killed runs: here the type checker draws from it."""
    names = {name for name in {*one, *other} if one.get(name) != other.get(name)}
    return {name for name in names if not name.startswith(".rng.python")}


def rows(folder):
    return [
        json.loads(line) for line in (folder / "run" / "metrics.jsonl").read_text().splitlines()
    ]


@pytest.fixture(autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


# What it computes ----------------------------------------------------------------------------


@pytest.mark.parametrize("optimizer", ["adamw", "sgd"])
def test_the_loop_is_the_loop_one_would_write(tmp_path, optimizer):
    settings = config(
        tmp_path,
        max_steps=5,
        learning_rate=0.01,
        final_learning_rate=1.0,
        clip_norm=0.0,
        optimizer=optimizer,
        batch_size=40,
    )
    train(settings, points)
    loop_module.seed_everything(0)
    task = points()
    decayed = [p for p in task.model.parameters() if p.dim() >= 2]
    rest = [p for p in task.model.parameters() if p.dim() < 2]
    groups = [{"params": decayed, "weight_decay": 0.1}, {"params": rest, "weight_decay": 0.0}]
    by_hand = (
        torch.optim.AdamW(groups, lr=0.01)
        if optimizer == "adamw"
        else torch.optim.SGD(groups, lr=0.01, momentum=0.9)
    )
    x, y = task.train_data.tensors
    for epoch in range(5):
        order = torch.randperm(40, generator=torch.Generator().manual_seed(epoch))
        by_hand.zero_grad()
        ((task.model(x[order]) - y[order]).pow(2).sum() / 40).backward()
        by_hand.step()
    weights = load_file(tmp_path / "run" / "weights.safetensors")
    for name, value in task.model.state_dict().items():
        torch.testing.assert_close(weights[name], value, rtol=1e-5, atol=1e-6)


def test_accumulated_gradients_are_those_of_one_batch(tmp_path):
    """Also where the last micro-batch is smaller than the others: the loss is a sum over a count."""

    def task():
        return replace(points(n=30), model=nn.Linear(4, 1))

    train(config(tmp_path / "one", batch_size=30, max_steps=4), task)
    train(config(tmp_path / "four", batch_size=8, accumulate=4, max_steps=4), task)
    one, four = (load_file(tmp_path / n / "run" / "weights.safetensors") for n in ("one", "four"))
    for name in one:
        torch.testing.assert_close(one[name], four[name], rtol=1e-5, atol=1e-6)


def test_a_batch_that_grows_takes_more_micro_batches(tmp_path):
    settings = config(tmp_path, batch_size=2, accumulate=4, ramp_steps=6, max_steps=8)
    run = Run(points(n=40), settings)
    sizes = []
    for _ in range(8):
        run.loss_count = 0
        run.train_step()
        sizes.append(run.loss_count)
    run.close()
    assert sizes == [2, 2, 4, 4, 6, 6, 8, 8]


def test_an_evaluation_leaves_no_trace(tmp_path):
    train(config(tmp_path / "never"), points)
    train(config(tmp_path / "often", eval_every=1), points)
    never, often = (
        load_file(tmp_path / n / "run" / "weights.safetensors") for n in ("never", "often")
    )
    assert all(torch.equal(never[name], often[name]) for name in never)
    assert sum("eval_loss" in row for row in rows(tmp_path / "often")) == 12


def test_the_evaluation_is_the_mean_over_all_items(tmp_path):
    result = train(config(tmp_path), points)
    model = points().model
    model.load_state_dict(load_file(tmp_path / "run" / "weights.safetensors"))
    x, y = points().eval_data.tensors
    expected = (model.eval()(x) - y).pow(2).mean().item()
    assert math.isclose(result.eval_loss, expected, rel_tol=1e-5)


@pytest.mark.parametrize("precision", ["bf16", "fp16"])
def test_half_precision_trains_with_weights_in_fp32(tmp_path, precision):
    seen = set()

    def task():
        made = points()
        made.model[0].register_forward_hook(lambda module, args, output: seen.add(output.dtype))
        return made

    train(config(tmp_path, precision=precision, max_steps=30, learning_rate=0.05), task)
    assert seen == {loop_module.AUTOCAST[precision]}
    state = load_checkpoint(max((tmp_path / "run" / "checkpoints").iterdir()))
    assert state["model"]["0.weight"].dtype == torch.float32
    assert (state["scaler"] != {}) == (precision == "fp16")
    assert rows(tmp_path)[-2]["loss"] < rows(tmp_path)[0]["loss"] / 2


def test_an_overflow_in_fp16_skips_the_step_and_the_schedule(tmp_path):
    """With the scale of 65536 the first gradients of such a loss overflow; the scale falls until they do not."""

    def task():
        return replace(points(), loss=lambda model, batch: 30 * squared_error(model, batch))

    train(config(tmp_path, precision="fp16", clip_norm=1.0, max_steps=20, log_every=1), task)
    state = load_checkpoint(max((tmp_path / "run" / "checkpoints").iterdir()))
    skipped = 20 - state["scheduler"]["last_epoch"]
    assert skipped >= 1
    assert state["scaler"]["scale"] == 65536 / 2**skipped
    assert all(p.isfinite().all() for p in state["model"].values())


def test_the_built_in_task_learns(tmp_path):
    settings = config(tmp_path, max_steps=60, learning_rate=0.01, batch_size=16, accumulate=1)
    result = train(settings, lambda: characters(context=16, width=24, max_bytes=20_000))
    assert result.eval_loss < 4.0 < math.log(256)


# The files -----------------------------------------------------------------------------------


def test_both_forms_of_the_metrics_hold_the_same_numbers(tmp_path):
    train(config(tmp_path / "a"), points)
    train(config(tmp_path / "b", metrics="csv"), points)
    with (tmp_path / "b" / "run" / "metrics.csv").open() as file:
        table = [{k: float(v) for k, v in row.items() if v} for row in csv.DictReader(file)]
    assert table == rows(tmp_path / "a")
    assert [row["step"] for row in table] == [3, 6, 9, 12, 12]


def test_a_metrics_file_that_was_cut_by_others_is_an_error(tmp_path):
    path = tmp_path / "metrics.csv"
    path.write_text("step\n")
    with pytest.raises(
        ValueError, match="expected at least the 50 bytes it had at the checkpoint, got 5"
    ):
        MetricsFile(path, "csv", ["step"], 50)


def test_a_column_that_is_not_there_is_an_error(tmp_path):
    with (
        MetricsFile(tmp_path / "m", "jsonl", ["step"], 0) as metrics,
        pytest.raises(ValueError, match=r"expected columns among \['step'\], got \['stepp'\]"),
    ):
        metrics.write({"stepp": 1})


def test_tied_weights_are_written_once(tmp_path):
    def task():
        model = nn.Sequential(nn.Linear(4, 4, bias=False), nn.Linear(4, 4, bias=False))
        model[1].weight = model[0].weight
        x = torch.randn(8, 4)
        return Task(model, TensorDataset(x, x), None, squared_error)

    train(config(tmp_path), task)
    assert len(load_file(tmp_path / "run" / "weights.safetensors")) == 1


# Stopping and going on -----------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("how", ["by_time", "by_line"])
def test_fifty_kills_change_nothing(tmp_path, how):
    """SIGKILL at 50 random moments, and at 50 random lines of the code that writes.

    Each time the same command goes on and ends with the weights, optimizer state, random states and metrics of
    a run never stopped, bit for bit.
    """
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    seed = str(int.from_bytes(os.urandom(4), "little"))
    done = subprocess.run(
        [sys.executable, "-m", "tests.killed_runs", str(tmp_path), how, "50", seed],
        capture_output=True, text=True, env=environment, check=False,
    )  # fmt: skip  # the command on one line
    assert done.returncode == 0, f"seed {seed}: {done.stderr}"
    report = json.loads(done.stdout)
    assert report["kills"] == 50
    assert report["different"] == [], f"seed {seed}"
    if how == "by_line":
        assert report["unfinished_writes"] > 10  # so writes were hit
        assert report["before_first"] < 50


class StopAfter(Dataset):
    """Sends a signal to this process when an item has been asked for so many times."""

    def __init__(self, data, number, times):
        self.data, self.number, self.times = data, number, times

    def __len__(self):
        return len(self.data)

    def __getitem__(self, index):
        self.times -= 1
        if self.times == 0:
            os.kill(os.getpid(), self.number)
        return self.data[index]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("items", [1, 37, 60])
def test_a_signal_saves_after_the_step_and_the_end_is_the_same(tmp_path, number, items):
    def interrupted():
        made = points()
        return replace(made, train_data=StopAfter(made.train_data, number, items))

    before = signal.getsignal(number)
    first = train(config(tmp_path), interrupted)
    assert (first.step, first.signal) == (-(-items // 8), number)
    assert signal.getsignal(number) is before
    assert not (tmp_path / "run" / "weights.safetensors").exists()
    second = train(config(tmp_path), points)
    assert (second.step, second.signal) == (12, None)
    train(config(tmp_path / "whole"), points)
    assert differing(end_state(tmp_path), end_state(tmp_path / "whole")) == {".config.folder"}


def test_a_stop_in_the_last_step_is_an_end(tmp_path):
    def interrupted():
        made = points()
        return replace(made, train_data=StopAfter(made.train_data, signal.SIGTERM, 96))

    assert train(config(tmp_path), interrupted).signal is None


@pytest.mark.parametrize("workers", [0, 2])
def test_batches_that_were_only_prefetched_come_again(tmp_path, workers):
    """With workers the loader runs ahead of the step; the position in the checkpoint does not."""
    for stop in (5, 12):  # five items make a step, eight an epoch
        settings = config(tmp_path, num_workers=workers, batch_size=5)
        train_until(settings, stop)
    train(config(tmp_path / "whole", num_workers=0, batch_size=5), points)
    names = differing(end_state(tmp_path), end_state(tmp_path / "whole"))
    assert names <= {".config.folder", ".config.num_workers"}


def train_until(settings, step):
    """Train, and stop after `step` as if a signal had come."""
    real = loop_module.Run.train_step

    class Run(loop_module.Run):
        def train_step(self):
            result = real(self)
            if self.step == step < self.config.max_steps:
                os.kill(os.getpid(), signal.SIGTERM)
            return result

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loop_module, "Run", Run)
        return train(settings, points)


def test_a_finished_run_stays_as_it_is(tmp_path, capsys):
    train(config(tmp_path), points)
    before = end_state(tmp_path)
    result = train(config(tmp_path), points)
    assert result.step == 12
    assert math.isfinite(result.eval_loss)
    assert not differing(end_state(tmp_path), before)
    assert "resumed at step 12 from step-000000012.pt" in capsys.readouterr().out


def test_after_a_damaged_checkpoint_the_one_before_is_used_and_the_end_is_the_same(tmp_path):
    train(config(tmp_path), points)
    before = end_state(tmp_path)
    newest = max((tmp_path / "run" / "checkpoints").iterdir())
    newest.write_bytes(newest.read_bytes()[:1000])
    with pytest.warns(
        UserWarning, match=r"step-000000012\.pt is cut short.*Using step-000000008\.pt"
    ):
        train(config(tmp_path), points)
    assert not differing(end_state(tmp_path), before)


def test_without_any_whole_checkpoint_it_stops_and_touches_nothing(tmp_path):
    train(config(tmp_path), points)
    for path in (tmp_path / "run" / "checkpoints").iterdir():
        path.write_bytes(b"")
    metrics = (tmp_path / "run" / "metrics.jsonl").read_bytes()
    with pytest.raises(CheckpointError, match="is whole"):
        train(config(tmp_path), points)
    assert (tmp_path / "run" / "metrics.jsonl").read_bytes() == metrics


def test_every_part_of_the_state_is_needed(tmp_path):
    """Leave one out when resuming, and the end is another: nothing is saved for show."""
    train_until(config(tmp_path, precision="fp16", max_steps=13), 6)
    whole = load_checkpoint(max((tmp_path / "run" / "checkpoints").iterdir()))
    loop_module.seed_everything(0)

    def finish(state):
        state = copy.deepcopy(
            state
        )  # an optimizer takes the loaded tensors as they are, and goes on in them
        run = loop_module.Run(points(), config(tmp_path, precision="fp16", max_steps=13))
        if "scaler" not in state:  # as a scaler that is new
            state = {**state, "scaler": run.scaler.state_dict()}
        fresh = {**run.state_dict(), **state}
        run.load_state_dict(fresh)
        while run.step < 13:
            run.train_step()
        return [
            v.numpy().tobytes() for _, v in flat(run.state_dict()) if isinstance(v, torch.Tensor)
        ] + [v for _, v in flat(run.state_dict()) if isinstance(v, float)]

    parts = ["model", "optimizer", "scheduler", "scaler", "sampler", "rng"]
    state = {part: whole[part] for part in [*parts, "progress"]}
    expected = finish(state)
    assert finish(state) == expected
    whole["scaler"]["scale"] = 2.0**10  # what a run that overflowed would have
    state["scaler"] = whole["scaler"]
    changed = finish(state)
    assert changed == finish(state)
    for part in parts:
        assert finish({k: v for k, v in state.items() if k != part}) != changed, part


# What is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"max_steps": 0}, "max_steps must be at least 1, got 0"),
        ({"learning_rate": -1.0}, r"learning_rate must be above 0, got -1\.0"),
        ({"learning_rate": math.nan}, "learning_rate must be above 0, got nan"),
        ({"clip_norm": math.nan}, "clip_norm must be at least 0, got nan"),
        ({"momentum": 1.5}, r"momentum must be from 0 to 1, got 1\.5"),
        ({"ramp_steps": -1}, "ramp_steps must be at least 0, got -1"),
        ({"warmup_steps": 12}, "warmup_steps must be less than max_steps=12, got 12"),
        ({"keep": 0}, "keep must be at least 1, got 0"),
    ],
)
def test_settings_out_of_range(tmp_path, changes, message):
    with pytest.raises(ValueError, match=message):
        config(tmp_path, **changes)


@pytest.mark.parametrize(
    ("task", "options", "message"),
    [
        ("nowhere:task", {}, "task 'nowhere:task': no module named 'nowhere'"),
        (
            "reference_impl.train.characters:tsk",
            {},
            "reference_impl.train.characters has no function 'tsk'",
        ),
        (
            "reference_impl.train.characters:task",
            {"wide": 3},
            "does not take these options: got an unexpected keyword argument 'wide'",
        ),
    ],
)
def test_a_task_that_is_not_there(tmp_path, task, options, message):
    settings = TrainConfig(task=task, options=options, folder=str(tmp_path))
    with pytest.raises(ValueError, match=message):
        train(settings)


def test_other_settings_than_the_checkpoints_are_named(tmp_path):
    train(config(tmp_path), points)
    with pytest.raises(
        ValueError,
        match=r"has other settings: batch_size was 8, now 4; seed was 0, now 1. Continue",
    ):
        train(config(tmp_path, batch_size=4, seed=1), points)
    train(
        config(tmp_path, keep=1, log_every=1, num_workers=2), points
    )  # the weights do not depend on these


def test_another_model_or_other_data_than_the_checkpoints(tmp_path):
    train(config(tmp_path), points)
    with pytest.raises(ValueError, match=r"of another model(.|\n)*Missing key.*weight"):
        train(config(tmp_path), lambda: replace(points(), model=nn.Linear(4, 1)))
    with pytest.raises(ValueError, match="another order: expected length=41, got 40"):
        train(config(tmp_path), lambda: points(n=41))


def test_a_second_process_in_the_folder_is_refused(tmp_path):
    """Also while only a worker of the first one is left: it must not hold the lock."""
    held = multiprocessing.get_context("spawn").Process(target=hold, args=(tmp_path,))
    held.start()
    while not (tmp_path / "held").exists():
        held.join(0.05)
    try:
        with pytest.raises(BlockingIOError, match="another process is training"):
            train(config(tmp_path), points)
    finally:
        held.kill()
        held.join()
    assert train(config(tmp_path), points).step == 12
    os.kill(int((tmp_path / "held").read_text()), signal.SIGKILL)


def hold(folder):
    """Hold the lock, with a child that outlives this process; the child's file appears when both are there."""
    (folder / "run").mkdir()
    with only_one(folder / "run"):
        child = os.fork()
        if child == 0:
            time.sleep(600)
            os._exit(0)
        (folder / "unfinished").write_text(str(child))
        (folder / "unfinished").rename(folder / "held")
        time.sleep(600)


def test_a_loss_that_is_not_finite_stops_the_run_before_it_spoils_the_weights(tmp_path):
    def task():
        calls = []

        def loss(model, batch):
            calls.append(1)
            return squared_error(model, batch) * (math.nan if len(calls) == 6 else 1.0)

        return replace(points(), loss=loss)

    with pytest.raises(
        FloatingPointError,
        match="the loss of step 6 is nan: stopped before the weights were changed",
    ):
        train(config(tmp_path), task)
    latest = CheckpointFolder(tmp_path / "run" / "checkpoints").load_latest()
    assert latest.step == 4


class Ragged(Dataset):
    def __len__(self):
        return 8

    def __getitem__(self, index):
        return torch.zeros(index + 1)


class Raises(TensorDataset):
    def __getitem__(self, index):
        raise KeyError("no such picture")


@pytest.mark.parametrize("workers", [0, 1])
@pytest.mark.parametrize(
    ("data", "error", "message"),
    [
        (
            TensorDataset(torch.zeros(0, 4)),
            ValueError,
            "train_data is empty: expected at least one item",
        ),
        (
            Ragged(),
            RuntimeError,
            "(stack expects each tensor to be equal size|Trying to resize storage)",
        ),
        (Raises(torch.zeros(9, 4)), KeyError, "no such picture"),
    ],
)
def test_bad_data_are_a_clear_error_and_lose_nothing(tmp_path, workers, data, error, message):
    with pytest.raises(error, match=rf"(.|\n)*{message}"):
        train(config(tmp_path, num_workers=workers), lambda: replace(points(), train_data=data))
    assert multiprocessing.active_children() == []
    assert train(config(tmp_path, num_workers=0), points).step == 12


def test_data_without_a_length_and_a_model_without_weights_are_refused(tmp_path):
    class Endless(torch.utils.data.IterableDataset):
        def __iter__(self):
            return iter([torch.zeros(4)])

    with pytest.raises(TypeError, match="train_data must be map-style, with a length"):
        train(config(tmp_path), lambda: replace(points(), train_data=Endless()))
    with pytest.raises(ValueError, match="no parameter that requires grad"):
        train(config(tmp_path), lambda: replace(points(), model=nn.Identity()))


def test_inputs_of_the_wrong_shape_dtype_or_device(tmp_path):
    with pytest.raises(RuntimeError, match="mat1 and mat2 shapes"):
        train(config(tmp_path), lambda: replace(points(), model=nn.Linear(5, 1)))
    with pytest.raises(RuntimeError, match=r"same dtype|expected .*Double"):
        train(config(tmp_path), lambda: replace(points(), model=nn.Linear(4, 1).double()))
    with pytest.raises(ValueError, match="device must be cpu or cuda, got 'gpu'"):
        train(config(tmp_path, device="gpu"), points)


@pytest.mark.skipif(torch.cuda.is_available(), reason="shows what a machine without a GPU says")
def test_a_gpu_that_is_not_there(tmp_path):
    with pytest.raises(ValueError, match="device is 'cuda', but PyTorch sees no GPU here"):
        train(config(tmp_path, device="cuda"), points)


@pytest.mark.gpu
def test_a_run_on_the_gpu_goes_on_too(tmp_path):
    train_until(config(tmp_path, device="cuda"), 6)
    assert train(config(tmp_path, device="cuda"), points).step == 12
    train(config(tmp_path / "whole", device="cuda"), points)
    assert differing(end_state(tmp_path), end_state(tmp_path / "whole")) == {".config.folder"}


def test_several_processes_are_refused_for_now(tmp_path, monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(ValueError, match="trains in one process, but WORLD_SIZE is 2"):
        train(config(tmp_path), points)


# The command ---------------------------------------------------------------------------------


def test_flags_win_over_the_file(tmp_path):
    (tmp_path / "run.yaml").write_text(
        "task: a:b\nmax_steps: 7\nlearning_rate: 1e-3\noptions:\n  width: 32\n"
    )
    found = read_config(
        ["--config", str(tmp_path / "run.yaml"), "--max_steps", "9", "--options.context=64"]
    )
    assert (found.task, found.max_steps, found.learning_rate) == ("a:b", 9, 0.001)
    assert found.options == {"width": 32, "context": 64}


def test_the_settings_of_a_run_can_be_printed_and_read_again(tmp_path, capsys):
    with pytest.raises(SystemExit) as ended:
        read_config(["--task", "a:b", "--max_steps", "9", "--print_config"])
    assert ended.value.code == 0
    (tmp_path / "run.yaml").write_text(capsys.readouterr().out)
    assert asdict(read_config(["--config", str(tmp_path / "run.yaml")])) == asdict(
        TrainConfig(task="a:b", max_steps=9)
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--max_steps", "9"], "task"),
        (["--task", "a:b", "--max_step", "9"], "max_step"),
        (["--task", "a:b", "--max_steps", "many"], "many"),
        (["--task", "a:b", "--max_steps", "0"], "max_steps must be at least 1, got 0"),
        (["--task", "a:b", "--precision", "fp8"], "fp8"),
        (["--config", "nowhere.yaml"], "nowhere.yaml"),
        (["--task", "a"], "task must be module:function, got 'a'"),
    ],
)
def test_a_wrong_flag_ends_with_code_2_and_names_it(arguments, message, capsys):
    with pytest.raises(SystemExit) as ended:
        read_config(arguments)
    assert ended.value.code == 2
    assert message in capsys.readouterr().err


def test_the_codes_with_which_it_ends(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    small = [
        "--task", "reference_impl.train.characters:task", "--max_steps", "3", "--batch_size", "4", "--progress", "false",
        "--options.width=4", "--options.context=8", "--options.max_bytes=500",
    ]  # fmt: skip  # a flag and its value on one line
    assert main(small) == 0
    (tmp_path / "run" / "checkpoints" / "step-000000003.pt").write_bytes(b"")
    assert main(small) == 1
    assert (
        "error: no checkpoint of run/checkpoints is whole: step-000000003.pt is cut short"
        in capsys.readouterr().err
    )


def test_sigterm_ends_the_command_with_its_code(tmp_path):
    """A real process, a real signal: sent when the program has said that it trains."""
    command = [
        sys.executable, "-u", "-m", "reference_impl.train", "--task", "reference_impl.train.characters:task",
        "--folder", str(tmp_path / "run"), "--max_steps", "1000000", "--log_every", "1", "--options.width=4",
        "--options.context=8", "--options.max_bytes=500", "--checkpoint_every", "1000000",
    ]  # fmt: skip  # a flag and its value on one line
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout.readline().startswith("step 1/1000000")
            process.send_signal(signal.SIGTERM)
            output = process.stdout.read()
        finally:
            process.kill()
    assert process.returncode == 128 + signal.SIGTERM
    assert "and saved; the same command goes on from there" in output
    assert len(list((tmp_path / "run" / "checkpoints").iterdir())) == 1


# Found by trying to break it -------------------------------------------------------------------


def test_a_gradient_that_is_not_finite_stops_the_run_too(tmp_path):
    """The loss may be finite, as here: the square root of 0 has no slope."""

    def task():
        calls = []

        def loss(model, batch):
            calls.append(1)
            spoil = model[0].weight.sum() * 0 if len(calls) == 4 else torch.ones(())
            return squared_error(model, batch) + spoil.sqrt()

        return replace(points(), loss=loss)

    with pytest.raises(FloatingPointError, match="the gradient norm of step 4 is nan"):
        train(config(tmp_path, checkpoint_every=1), task)
    latest = CheckpointFolder(tmp_path / "run" / "checkpoints").load_latest()
    assert latest.step == 3
    assert all(v.isfinite().all() for v in latest.state["model"].values())


def test_empty_evaluation_data_are_refused_before_the_first_step(tmp_path):
    empty = TensorDataset(torch.zeros(0, 4), torch.zeros(0, 1))
    with pytest.raises(RunError, match="eval_data is empty"):
        train(config(tmp_path), lambda: replace(points(), eval_data=empty))


def test_what_others_put_into_the_folder_is_not_overwritten(tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "metrics.jsonl").write_text("mine\n")
    (tmp_path / "run" / "lock").write_text("mine\n")
    with pytest.raises(RunError, match=r"metrics\.jsonl is there, but no checkpoints beside it"):
        train(config(tmp_path), points)
    assert (tmp_path / "run" / "metrics.jsonl").read_text() == "mine\n"
    assert (tmp_path / "run" / "lock").read_text() == "mine\n"


def test_a_damaged_newest_checkpoint_does_not_push_out_the_one_just_saved(tmp_path):
    train_until(config(tmp_path, checkpoint_every=2, keep=3), 6)
    newest = tmp_path / "run" / "checkpoints" / "step-000000006.pt"
    newest.write_bytes(newest.read_bytes()[:100])
    with pytest.warns(UserWarning, match=r"Using step-000000004\.pt"):
        train_until(config(tmp_path, checkpoint_every=2, keep=1), 5)
    with pytest.warns(UserWarning, match=r"Using step-000000005\.pt"):
        assert train(config(tmp_path, checkpoint_every=2, keep=1), points).step == 12


def test_the_weights_can_be_read_by_others(tmp_path):
    before = os.umask(0o022)
    try:
        train(config(tmp_path), points)
    finally:
        os.umask(before)
    assert (tmp_path / "run" / "weights.safetensors").stat().st_mode & 0o777 == 0o644


def test_an_infinite_norm_in_fp16_leaves_the_metrics_file_json(tmp_path):
    def task():
        return replace(points(), loss=lambda model, batch: 1e4 * squared_error(model, batch))

    train(config(tmp_path, precision="fp16", log_every=1, max_steps=3), task)

    def refuse(name):
        raise ValueError(name)

    for line in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines():
        json.loads(line, parse_constant=refuse)
    assert rows(tmp_path)[0]["gradient_norm"] is None


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_to_all_processes_of_a_run_saves_too(tmp_path, number):
    """As a terminal and many schedulers send it: the workers get it as well."""
    command = [
        sys.executable, "-u", "-m", "reference_impl.train", "--task", "reference_impl.train.characters:task",
        "--folder", str(tmp_path / "run"), "--max_steps", "1000000", "--log_every", "1", "--options.width=4",
        "--options.context=8", "--num_workers", "2", "--checkpoint_every", "1000000",
    ]  # fmt: skip  # a flag and its value on one line
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        try:
            assert process.stdout.readline().startswith("step 1/1000000")
            os.killpg(process.pid, number)
            _, errors = process.communicate()
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
    assert process.returncode == 128 + number, errors
    assert len(list((tmp_path / "run" / "checkpoints").iterdir())) == 1


def test_a_signal_between_two_steps_saves_too(tmp_path, monkeypatch):
    """The last line of a step comes after the step's checkpoint, if it has one."""

    class Bar(loop_module.tqdm):
        def update(self, n=1):
            super().update(n)
            if not (tmp_path / "run" / "sent").exists():
                (tmp_path / "run" / "sent").touch()
                os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(loop_module, "tqdm", Bar)
    stopped = train(config(tmp_path), points)
    assert (stopped.step, stopped.signal) == (1, signal.SIGTERM)
    assert train(config(tmp_path), points).step == 12
    train(config(tmp_path / "whole"), points)
    assert not differing(end_state(tmp_path), end_state(tmp_path / "whole")) - {".config.folder"}


def test_settings_that_do_not_fit_are_one_line_on_the_command_line(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    small = [
        "--task", "reference_impl.train.characters:task", "--max_steps", "2", "--batch_size", "4", "--progress", "false",
        "--options.width=4", "--options.context=8", "--options.max_bytes=500",
    ]  # fmt: skip  # a flag and its value on one line
    assert main(small) == 0
    assert main([*small, "--seed", "1"]) == 1
    assert "error: the run in run has other settings: seed was 0, now 1." in capsys.readouterr().err
    (tmp_path / "run" / "metrics.jsonl").write_text("")
    assert main(small) == 1
    assert "was changed: expected at least the" in capsys.readouterr().err
    assert main([*small, "--options.wide=3"]) == 1
    assert "does not take these options" in capsys.readouterr().err
