"""A checkpoint is whole or refused; a full disk, a kill or a flipped bit takes nothing away."""

import os
import random
import resource
import shutil
import subprocess
import sys
import textwrap
import warnings
from datetime import timedelta

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from reference_impl.saving import (
    CheckpointError,
    CheckpointFolder,
    load_checkpoint,
    rng_state,
    save_checkpoint,
    set_rng_state,
    verify_checkpoint,
)
from reference_impl.saving import checkpoints as checkpoints_module

STATE = {
    "weight": torch.arange(12.0).reshape(3, 4),
    "step": 7,
    "nested": [("a", None), {"b": 0.5}],
    "half": torch.ones(3, dtype=torch.bfloat16),
}


def same(a, b):
    assert type(a) is type(b)
    if isinstance(a, torch.Tensor):
        assert a.dtype == b.dtype
        assert torch.equal(a, b)
    elif isinstance(a, dict):
        assert a.keys() == b.keys()
        for key in a:
            same(a[key], b[key])
    elif isinstance(a, list | tuple):
        assert len(a) == len(b)
        for x, y in zip(a, b, strict=True):
            same(x, y)
    else:
        assert a == b


def test_what_is_read_is_what_was_written(tmp_path):
    save_checkpoint(tmp_path / "a.pt", STATE)
    same(load_checkpoint(tmp_path / "a.pt"), STATE)
    same(torch.load(tmp_path / "a.pt"), STATE)
    same(torch.load(tmp_path / "a.pt", mmap=True), STATE)
    assert [p.name for p in tmp_path.iterdir()] == ["a.pt"]


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    path = tmp_path_factory.mktemp("written") / "a.pt"
    save_checkpoint(path, STATE)
    return path.read_bytes()


@given(st.data())
@settings(deadline=timedelta(seconds=30), max_examples=300)
def test_no_cut_and_no_flipped_bit_goes_unnoticed(tmp_path_factory, written, data):
    kind = data.draw(st.sampled_from(["cut", "flip", "grow"]))
    content = bytearray(written)
    if kind == "cut":
        del content[data.draw(st.integers(0, len(content) - 1)) :]
    elif kind == "flip":
        place = data.draw(st.integers(0, len(content) - 1))
        content[place] ^= 1 << data.draw(st.integers(0, 7))
    else:
        content += data.draw(st.binary(min_size=1, max_size=80))
    path = tmp_path_factory.mktemp("damaged") / "a.pt"
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match=r"a\.pt is (damaged|cut short)"):
        verify_checkpoint(path)
    with pytest.raises(CheckpointError):
        load_checkpoint(path)


def test_a_foreign_file_is_named_as_such(tmp_path):
    torch.save(STATE, tmp_path / "plain.pt")
    with pytest.raises(CheckpointError, match=r"plain\.pt is cut short or no checkpoint: expected"):
        load_checkpoint(tmp_path / "plain.pt")
    with pytest.raises(FileNotFoundError):
        load_checkpoint(tmp_path / "none.pt")


def test_what_could_not_be_loaded_again_is_refused_when_it_is_saved(tmp_path):
    save_checkpoint(tmp_path / "a.pt", STATE)
    for value in (np.zeros(2), torch.__version__, random.Random(0), torch.nn.Linear(1, 1)):
        with pytest.raises(
            TypeError, match=r"a\.pt could not be loaded again: expected plain data, got \["
        ):
            save_checkpoint(tmp_path / "a.pt", {"value": value})
    same(load_checkpoint(tmp_path / "a.pt"), STATE)
    assert [p.name for p in tmp_path.iterdir()] == ["a.pt"]


def test_an_object_that_can_not_be_pickled_leaves_the_old_file(tmp_path):
    save_checkpoint(tmp_path / "a.pt", STATE)
    with pytest.raises(Exception, match="pickle"):
        save_checkpoint(tmp_path / "a.pt", {"f": lambda: 0})
    same(load_checkpoint(tmp_path / "a.pt"), STATE)
    assert [p.name for p in tmp_path.iterdir()] == ["a.pt"]


FILL = """
import sys, torch
from pathlib import Path
from reference_impl.saving import CheckpointFolder
checkpoints = CheckpointFolder(sys.argv[1], keep=2)
checkpoints.save(1, {"weight": torch.ones(10)})
try:
    checkpoints.save(2, {"weight": torch.ones(1_000_000)})
except OSError as error:
    print(error)
print(checkpoints.steps(), checkpoints.load_latest().state["weight"].sum().item())
print(sorted(p.name for p in Path(sys.argv[1]).iterdir()))
"""


def test_a_full_disk_takes_nothing_away(tmp_path):
    """A small tmpfs, mounted in a namespace of its own so that no other process sees it."""
    if (
        shutil.which("unshare") is None
        or subprocess.run(
            ["unshare", "-rm", "mount", "-t", "tmpfs", "none", str(tmp_path)],
            capture_output=True,
            check=False,
        ).returncode
    ):
        pytest.skip(
            "mounting a small disk needs unshare and user namespaces, which this system refuses"
        )
    script = (
        f'mount -t tmpfs -o size=1m none "{tmp_path}" && "{sys.executable}" -c "$0" "{tmp_path}"'
    )
    done = subprocess.run(
        ["unshare", "-rm", "bash", "-c", script, FILL], capture_output=True, text=True, check=False
    )
    assert done.stdout.splitlines() == [
        f"[Errno 28] the checkpoint was not written (No space left on device): '{tmp_path}/step-000000002.pt'",
        "[1] 10.0",
        "['step-000000001.pt']",
    ], done.stderr


def test_a_file_size_limit_takes_nothing_away(tmp_path):
    """The same where no disk can be mounted: the system refuses a write in the middle."""
    limited = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, {resource.RLIM_INFINITY}))\n"
    program = limited + "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n" + FILL
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.stdout.splitlines() == [
        f"[Errno 27] the checkpoint was not written (File too large): '{tmp_path}/step-000000002.pt'",
        "[1] 10.0",
        "['step-000000001.pt']",
    ], done.stderr


def test_the_last_k_stay(tmp_path):
    checkpoints = CheckpointFolder(tmp_path, keep=2)
    assert checkpoints.load_latest() is None
    for step in (5, 10, 100, 1000):
        checkpoints.save(step, {"step": step})
    assert checkpoints.steps() == [100, 1000]
    assert checkpoints.load_latest().step == 1000


def test_the_one_just_saved_stays_beside_later_ones(tmp_path):
    """As after a fall back to an older checkpoint, while the damaged newer files are still there."""
    checkpoints = CheckpointFolder(tmp_path, keep=2)
    for step in (100, 200, 5):
        checkpoints.save(step, {"step": step})
    assert checkpoints.steps() == [5, 100, 200]


def test_other_files_in_the_folder_are_left_alone(tmp_path):
    checkpoints = CheckpointFolder(tmp_path, keep=1)
    for name in ("step-7.pt", "step-0000000007.pt", "step-\u0663.pt", "best.pt", "notes.txt"):
        (tmp_path / name).write_text("mine")
    checkpoints.path(9).mkdir()
    checkpoints.save(1, STATE)
    checkpoints.save(2, STATE)
    assert checkpoints.load_latest().step == 2
    assert len(list(tmp_path.iterdir())) == 7


def test_an_interrupt_while_saving_stays_an_interrupt(tmp_path, monkeypatch):
    save_checkpoint(tmp_path / "a.pt", STATE)
    calls = []

    class Interrupted(torch.nn.Module):
        def __reduce_ex__(self, protocol):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        save_checkpoint(tmp_path / "a.pt", {"x": Interrupted()})
    real = checkpoints_module._Hashed.write

    def write(self, data):
        calls.append(1)
        if len(calls) == 5:
            self._file = Broken()
        return real(self, data)

    class Broken:
        def write(self, data):
            raise KeyboardInterrupt

    monkeypatch.setattr(checkpoints_module._Hashed, "write", write)
    with pytest.raises(KeyboardInterrupt):
        save_checkpoint(tmp_path / "a.pt", STATE)
    monkeypatch.undo()
    same(load_checkpoint(tmp_path / "a.pt"), STATE)
    assert [p.name for p in tmp_path.iterdir()] == ["a.pt"]


def test_the_rest_of_a_killed_write_is_no_checkpoint_and_is_cleared(tmp_path):
    checkpoints = CheckpointFolder(tmp_path)
    checkpoints.save(1, STATE)
    (tmp_path / "step-000000002.pt.unfinished").write_bytes(b"half")
    assert checkpoints.load_latest().step == 1
    checkpoints.save(3, STATE)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["step-000000001.pt", "step-000000003.pt"]


def test_a_damaged_one_is_passed_over_and_named(tmp_path):
    checkpoints = CheckpointFolder(tmp_path)
    for step in (1, 2, 3):
        checkpoints.save(step, {"step": step})
    with checkpoints.path(3).open("r+b") as file:
        file.truncate(50)
    content = bytearray(checkpoints.path(2).read_bytes())
    content[60] ^= 1
    checkpoints.path(2).write_bytes(content)
    with pytest.warns(
        UserWarning,
        match=r"step-000000003.pt is cut short.*step-000000002.pt is damaged.*Using step-000000001.pt",
    ):
        assert checkpoints.load_latest().state == {"step": 1}
    checkpoints.path(1).write_bytes(b"")
    with pytest.raises(CheckpointError, match=r"is whole: step-000000003\.pt is cut short"):
        checkpoints.load_latest()


def test_settings_that_make_no_sense_are_refused(tmp_path):
    with pytest.raises(ValueError, match="keep must be at least 1, got 0"):
        CheckpointFolder(tmp_path, keep=0)
    (tmp_path / "file").touch()
    with pytest.raises(NotADirectoryError, match="expected a folder for checkpoints, got the file"):
        CheckpointFolder(tmp_path / "file")


def test_the_order_of_the_system_calls_is_the_safe_one(tmp_path, monkeypatch):
    """Content to the disk, then the name, then the folder that holds the name: a test can't cut the power."""
    calls = []
    real_fsync, real_replace = os.fsync, type(tmp_path).replace

    def fsync(descriptor):
        calls.append(("fsync", os.path.basename(os.readlink(f"/proc/self/fd/{descriptor}"))))  # noqa: PTH119, PTH115 - a link of the system, no path of ours
        real_fsync(descriptor)

    def replace(self, target):
        calls.append(("rename", self.name, target.name))
        return real_replace(self, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(type(tmp_path), "replace", replace)
    save_checkpoint(tmp_path / "a.pt", STATE)
    assert calls == [
        ("fsync", "a.pt.unfinished"),
        ("rename", "a.pt.unfinished", "a.pt"),
        ("fsync", tmp_path.name),
    ]


def draws():
    legacy = np.random.rand(3).tolist(), np.random.randn()  # noqa: NPY002 - the global generator is what is saved
    return [
        random.random(),
        random.gauss(0, 1),
        *legacy,
        torch.rand(3).tolist(),
        torch.randn(1).item(),
    ]


def test_random_states_come_back_through_a_file(tmp_path):
    random.gauss(0, 1)
    np.random.randn()  # noqa: NPY002 - as above; each keeps a second number back
    save_checkpoint(tmp_path / "a.pt", rng_state())
    first = draws()
    set_rng_state(load_checkpoint(tmp_path / "a.pt"))
    assert draws() == first


def test_a_state_without_gpus_leaves_theirs_alone_everywhere():
    set_rng_state(rng_state(cuda=False))


def test_random_states_of_another_machine_are_refused():
    state = rng_state()
    with pytest.raises(ValueError, match=r"expected the states of \d CUDA devices, got those of 9"):
        set_rng_state({**state, "cuda": [state["torch"]] * 9})


def test_warnings_are_not_printed_when_all_is_well(tmp_path):
    checkpoints = CheckpointFolder(tmp_path)
    checkpoints.save(1, STATE)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        same(checkpoints.load_latest().state, STATE)


def test_saving_needs_no_second_copy_in_memory(tmp_path):
    """The file is written as it is made: 64 MiB of weights raise the peak by far less."""
    program = textwrap.dedent("""
        import resource, sys, torch
        from reference_impl.saving import save_checkpoint
        save_checkpoint(sys.argv[1], {"weight": torch.ones(2)})  # what is imported at the first save
        state = {"weight": torch.ones(1 << 24)}
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        save_checkpoint(sys.argv[1], state)
        print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
    """)
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "a.pt")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(done.stdout) < 16
