"""Several processes of one machine that run one function as the ranks of a process group.

`torchrun` starts a program on each rank; this starts a *function*, from a program that goes on
afterwards with what the ranks returned. Where the system can fork (Linux) that takes milliseconds.
"""

import contextlib
import faulthandler
import importlib
import io
import multiprocessing
import os
import pickle
import signal
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from datetime import timedelta
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import distributed
from torch._C._distributed_c10d import FileStore

__all__ = ["RankError", "run_ranks"]

T = TypeVar("T")

# After one rank has failed the others may still say what went wrong on theirs.
_GRACE_S = 1.0
_DIED = "died without a word"


class RankError(RuntimeError):
    """Some ranks failed; the message names each of them and says how.

    Attributes:
        failures: what happened, by rank.

    Args:
        message: the sentence for a reader.
        failures: what happened, by rank.

    Examples:
        >>> RankError("rank 1 of 2: ValueError: no", {1: "ValueError: no"}).failures
        {1: 'ValueError: no'}
    """

    def __init__(self, message: str, failures: dict[int, str]) -> None:
        super().__init__(message)
        self.failures = failures


def run_ranks(
    work: Callable[..., T],
    world_size: int,
    *args: Any,  # noqa: ANN401  # whatever `work` takes
    timeout: float = 60.0,
    start_method: str | None = None,
) -> list[T]:
    """Call `work(rank, *args)` in `world_size` processes that form a gloo process group.

    Each process has one thread, the random state of the caller, and the default group. What a rank
    prints is printed here, rank after rank, once all have ended. A rank that fails, or hangs, ends
    all of them: no process stays behind.

    Args:
        work: called on each rank with the rank, then `args`. Its result must pickle.
        world_size: number of ranks, at least 1.
        *args: handed to `work`. Forked processes see the caller's own objects, as copies.
        timeout: seconds for all of it.
        start_method: `fork` or `spawn`; by default `fork` on Linux, else `spawn`, which needs
            `work` to be importable and the call to stand under `if __name__ == "__main__":`.

    Returns:
        What each rank returned, in the order of the ranks.

    Raises:
        RankError: ranks raised, died, or did not finish in time; it says which, and how.
        ValueError: `world_size` or `timeout` is out of range.

    Examples:
        >>> def work(rank, offset):
        ...     x = torch.tensor([rank + offset])
        ...     distributed.all_reduce(x)
        ...     return x.item()
        >>> run_ranks(work, 2, 10, start_method="fork")
        [21, 21]
    """
    if world_size < 1:
        raise ValueError(f"expected a world_size of at least 1, got {world_size}")
    if not timeout > 0:
        raise ValueError(f"expected a timeout above 0 s, got {timeout}")
    method = start_method or ("fork" if sys.platform == "linux" else "spawn")
    if method == "fork":
        # An optimizer, a DTensor and DDP import it at their first use, in a second: here once, or once on each rank.
        importlib.import_module("torch._dynamo")
    context: Any = multiprocessing.get_context(method)
    with tempfile.TemporaryDirectory() as folder:
        pipes: list[Connection] = []
        processes: list[BaseProcess] = []
        try:
            for rank in range(world_size):
                here, there = context.Pipe()
                settings = (there, folder, rank, world_size, timeout, work, args)
                process = context.Process(target=_run_rank, args=settings, name=f"rank {rank}")
                process.start()
                there.close()  # so that the pipe ends when the rank does, and no later rank holds it
                pipes.append(here)
                processes.append(process)
            ends = _collect(processes, pipes, folder, timeout)
        finally:
            for process in processes:
                process.kill()
                process.join()
            for here in pipes:
                here.close()
    for end in ends:
        sys.stdout.write(end.get("printed", ""))
    failures = {rank: end["failure"] for rank, end in enumerate(ends) if "failure" in end}
    if failures:
        raise RankError(_describe(failures, ends), failures)
    return [pickle.loads(end["result"]) for end in ends]  # noqa: S301  # our own processes wrote it


def _run_rank(
    pipe: Connection,
    folder: str,
    rank: int,
    world_size: int,
    timeout: float,
    work: Callable[..., Any],
    args: tuple[Any, ...],
) -> None:
    """Be one rank: join the group, do the work, send what came of it, wait to be let go."""
    _end_with_parent()
    with Path(folder, f"stack_{rank}").open("w") as stack, contextlib.ExitStack() as leaving:
        faulthandler.register(signal.SIGUSR1, file=stack, all_threads=False)
        leaving.callback(faulthandler.unregister, signal.SIGUSR1)
        torch.set_num_threads(1)  # and with one thread a forked process needs no pool of its parent
        printed = io.StringIO()
        end: dict[str, Any] = {}
        try:
            with contextlib.redirect_stdout(printed):
                distributed.init_process_group(
                    "gloo",
                    store=FileStore(f"{folder}/store", world_size),
                    rank=rank,
                    world_size=world_size,
                    timeout=timedelta(seconds=timeout + 60),  # ours comes first, and names ranks
                )
                end["result"] = pickle.dumps(work(rank, *args))
        except BaseException as error:  # noqa: BLE001  # whatever it is, the caller raises it
            end["failure"] = f"{type(error).__name__}: {error}"
            end["trace"] = traceback.format_exc()
        end["printed"] = printed.getvalue()
        pipe.send(end)
        # While a rank that failed still lives, the others don't fail because its connection closed.
        with contextlib.suppress(EOFError):
            pipe.recv()
        if "failure" not in end:
            distributed.destroy_process_group()


def _end_with_parent() -> None:
    """Leave as soon as the process that started this one is gone."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _collect(
    processes: list[BaseProcess], pipes: list[Connection], folder: str, timeout: float
) -> list[dict[str, Any]]:
    """Wait until every rank has reported, died, or run out of time."""
    ends: dict[int, dict[str, Any]] = {}
    deadline, cause = time.monotonic() + timeout, f"did not finish within {timeout:g} s"
    while len(ends) < len(processes):
        open_ranks = [rank for rank in range(len(processes)) if rank not in ends]
        ready = wait([pipes[rank] for rank in open_ranks], max(0.0, deadline - time.monotonic()))
        if not ready:
            break
        for rank in open_ranks:
            if pipes[rank] in ready:
                ends[rank] = _receive(processes[rank], pipes[rank])
                if "failure" in ends[rank] and not cause.startswith("was"):
                    deadline, cause = time.monotonic() + _GRACE_S, "was waiting"
    for rank, where in _frames(processes, folder, ends).items():
        ends[rank] = {"waiting" if cause == "was waiting" else "failure": f"{cause}{where}"}
    if not any("failure" in end for end in ends.values()):
        for rank in ends:
            pipes[rank].send(None)
        for process in processes:
            process.join(timeout)
    return [ends[rank] for rank in range(len(processes))]


def _receive(process: BaseProcess, pipe: Connection) -> dict[str, Any]:
    try:
        end: dict[str, Any] = pipe.recv()
    except (EOFError, OSError):
        process.join()
        code = process.exitcode or 0
        how = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit status {code}"
        return {"failure": f"{_DIED} ({how})"}
    return end


def _frames(
    processes: list[BaseProcess], folder: str, ends: dict[int, dict[str, Any]]
) -> dict[int, str]:
    """Where each rank stands that has not reported: its innermost Python frame."""
    silent = [rank for rank in range(len(processes)) if rank not in ends]
    for rank in silent:
        os.kill(processes[rank].pid or 0, signal.SIGUSR1)
    found = {}
    for rank in silent:
        frames = list(_frame_lines(Path(folder, f"stack_{rank}")))
        found[rank] = f", in {frames[0]}" if frames else ""
    return found


def _frame_lines(path: Path, patience_s: float = 1.0) -> Iterator[str]:
    """The lines `File "...", line N in name` that faulthandler writes, once they are there."""
    until = time.monotonic() + patience_s
    while time.monotonic() < until:
        lines = path.read_text().splitlines() if path.exists() else []
        if len(lines) > 1:
            yield from (line.strip().removeprefix("File ") for line in lines[1:])
            return
        time.sleep(0.01)


def _describe(failures: dict[int, str], ends: list[dict[str, Any]]) -> str:
    """Say which ranks failed how; ranks with the same failure share a line."""
    # A death comes first: that the connection closed is what it did to the others.
    by_failure: dict[str, list[int]] = {}
    ordered = sorted(failures.items(), key=lambda item: not item[1].startswith(_DIED))
    for rank, failure in ordered:
        by_failure.setdefault(failure, []).append(rank)
    lines = [f"{_name(ranks)} of {len(ends)}: {how}" for how, ranks in by_failure.items()]
    waiting = [rank for rank, end in enumerate(ends) if "waiting" in end]
    if waiting:
        lines.append(f"{_name(waiting)}, waiting for the others, {_were(waiting)} stopped")
    traces = [end["trace"] for end in ends if "trace" in end]
    if ordered[0][1].startswith(_DIED):
        traces = []
    return "\n".join(lines + (["", traces[0].rstrip()] if traces else []))


def _name(ranks: list[int]) -> str:
    listed = ", ".join(str(rank) for rank in ranks)
    return f"rank {listed}" if len(ranks) == 1 else f"ranks {listed}"


def _were(ranks: list[int]) -> str:
    return "was" if len(ranks) == 1 else "were"
