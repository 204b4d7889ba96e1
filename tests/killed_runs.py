"""Trains in forked processes, kills them with SIGKILL, lets them go on, and compares with a run never stopped.

Run as a program of its own: forking is safe here, as nothing but PyTorch is imported and it uses one thread. A fork
starts in milliseconds where a new process would import PyTorch for seconds.

    python -m tests.killed_runs FOLDER by_time|by_line HOW_MANY SEED

prints what happened as JSON.
"""

import importlib
import json
import os
import random
import signal
import sys
import time
import traceback
from pathlib import Path

import torch

from reference_impl.saving import checkpoints, load_checkpoint
from reference_impl.train import __main__ as program
from reference_impl.train import metrics

SETTINGS = [
    "--task", "reference_impl.train.characters:task", "--folder", "run", "--progress", "false",
    "--options.width=12", "--options.context=12", "--options.max_bytes=1500",
    "--max_steps", "14", "--batch_size", "8", "--checkpoint_every", "3", "--log_every", "2", "--eval_every", "5",
    "--keep", "2", "--accumulate", "2", "--warmup_steps", "3",
]  # fmt: skip  # a flag and its value on one line
WATCHED = {checkpoints.__file__, metrics.__file__}


def child(folder, kill_at_line=None, counter=None):
    """Fork a process that trains in `folder`; it kills itself at the given line of the saving code."""
    pid = os.fork()
    if pid:
        return pid
    code = 70
    try:
        os.chdir(folder)
        quiet = os.open("output", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        passed = 0

        def trace(frame, event, argument):
            nonlocal passed
            if frame.f_code.co_filename not in WATCHED:
                return None
            if event == "line":
                passed += 1
                if passed == kill_at_line:
                    os.kill(os.getpid(), signal.SIGKILL)
            return trace

        if kill_at_line is not None:
            sys.settrace(trace)
        code = program.main(SETTINGS)
        if counter is not None:
            Path(counter).write_text(str(passed))
    except BaseException:  # noqa: BLE001 - the parent reads the output and fails
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def finish(pid, folder):
    """Wait for a process; return whether it was killed. Any other end than a good one is an error."""
    _, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status):
        return True
    if code := os.waitstatus_to_exitcode(status):
        raise RuntimeError(f"exit code {code}: {(folder / 'output').read_text()}")
    return False


def flat(value, name=""):
    """List every leaf of a state with its name."""
    if isinstance(value, dict):
        return [leaf for key, part in value.items() for leaf in flat(part, f"{name}.{key}")]
    if isinstance(value, list | tuple):
        return [leaf for i, part in enumerate(value) for leaf in flat(part, f"{name}.{i}")]
    return [(name, value)]


def end_state(folder):
    """Return all that a finished run left: every entry of its last checkpoint, and the bytes of its files."""
    run = folder / "run"
    last = max((run / "checkpoints").glob("step-*.pt"))
    leaves = {
        name: value.numpy().tobytes() if isinstance(value, torch.Tensor) else repr(value)
        for name, value in flat(load_checkpoint(last))
    }
    files = {name: (run / name).read_bytes() for name in ("metrics.jsonl", "weights.safetensors")}
    return {"last": last.name, **leaves, **files}


def main(folder, how, many, seed):
    torch.set_num_threads(1)
    # What a process imports at its first optimizer takes two seconds: paid here, not in every fork.
    torch.optim.AdamW([torch.zeros(1, requires_grad=True)])
    importlib.import_module("reference_impl.train.characters")
    chance = random.Random(seed)
    count_file = folder / "lines"
    reference = folder / "never_stopped"
    reference.mkdir()
    finish(child(reference, kill_at_line=0, counter=count_file), reference)
    lines = int(count_file.read_text())
    started = time.monotonic()
    timed = folder / "timed"
    timed.mkdir()
    finish(child(timed), timed)
    duration = time.monotonic() - started
    expected = end_state(reference)
    report = {
        "kills": 0,
        "unfinished_writes": 0,
        "before_first": 0,
        "lines": lines,
        "different": [],
    }
    attempt = 0
    while report["kills"] < many:
        attempt += 1
        trial = folder / f"trial_{attempt}"
        trial.mkdir()
        if how == "by_time":
            pid = child(trial)
            time.sleep(chance.uniform(0, duration))
            os.kill(
                pid, signal.SIGKILL
            )  # a process that has ended already is still ours to wait for
        else:
            pid = child(trial, kill_at_line=chance.randint(1, lines))
        if not finish(pid, trial):
            continue  # it had ended: the moment came too late
        report["kills"] += 1
        run = trial / "run"
        report["unfinished_writes"] += any(run.rglob("*.unfinished"))
        report["before_first"] += not any(run.rglob("step-*.pt"))
        finish(child(trial), trial)
        found = end_state(trial)
        if found != expected or any(run.rglob("*.unfinished")):
            names = [k for k in {*expected, *found} if expected.get(k) != found.get(k)]
            report["different"].append([attempt, names[:5]])
    print(json.dumps(report))


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
