"""Worker processes: they read and collate batches while the main process computes.

Batch i goes to worker i modulo n. Each worker has a queue of its own to be asked through, and a
pipe of its own to answer through, so answers need no sorting and a worker that dies cannot leave
a shared lock taken. The main process waits for the pipe *and* for the worker's end at once.
"""

import ctypes
import multiprocessing
import os
import pickle
import queue
import random
import signal
import traceback
import weakref
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from multiprocessing import connection, reduction
from typing import Any

import numpy as np
import torch
import torch.multiprocessing  # teaches the pickler to pass tensors through shared memory

CHECK_SECONDS = 1.0  # how often an idle worker looks whether its parent still lives
GRACE_SECONDS = 5.0  # how long a worker may take to end by itself

Fetch = Callable[[Any], Any]


@dataclass(frozen=True)
class WorkerInfo:
    """What a worker knows about itself.

    Attributes:
        id: its number, from 0.
        num_workers: how many there are.
        seed: what it seeded `torch` and `random` with: the base seed of this pass, plus `id`.
        dataset: its copy of the dataset.

    >>> WorkerInfo(id=1, num_workers=2, seed=5, dataset=range(3)).seed
    5
    """

    id: int
    num_workers: int
    seed: int
    dataset: Any


class Exhausted(Exception):  # noqa: N818 - the end of the data is no error
    """An iterable-style dataset has no more items."""


_info: WorkerInfo | None = None


def get_worker_info() -> WorkerInfo | None:
    """Return what this worker knows about itself; in the main process, `None`.

    >>> get_worker_info() is None
    True
    """
    return _info


@dataclass(frozen=True)
class Job:
    """What every worker of one pass is given.

    Attributes:
        dataset: what is read.
        make_fetch: makes the function that turns indices into a batch, inside the worker.
        base_seed: drawn from the loader's generator, anew in each pass.
        num_workers: how many workers there are.
        init: called in the worker with its number, or `None`.
    """

    dataset: Any
    make_fetch: Callable[[Any], Fetch]
    base_seed: int
    num_workers: int
    init: Callable[[int], None] | None


# --8<-- [start:seed_worker]
def seed_worker(base_seed: int, worker: int) -> int:
    """Seed the three global generators of a worker as PyTorch does, and return the seed."""
    seed = base_seed + worker
    random.seed(seed)
    torch.manual_seed(seed)
    entropy = [worker, base_seed % 2**32, base_seed >> 32, 0]
    state = np.random.SeedSequence(entropy).generate_state(4)
    np.random.seed(state)  # noqa: NPY002 - datasets use the global generator, so it must be seeded
    return seed


# --8<-- [end:seed_worker]


def work(
    number: int,
    job: Job,
    tasks: "multiprocessing.Queue[Any]",
    answers: connection.Connection,
    inherited: list[connection.Connection],
    stop: Any,  # noqa: ANN401 - a ctypes flag in shared memory
) -> None:
    """Run one worker: take indices, send batches, until told to end or the parent is gone."""
    global _info  # the dataset asks for it from anywhere
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle: it ends us
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # not the parent's handler, which may save
    for reader in inherited:  # so that a broken pipe shows when the parent is gone
        reader.close()
    torch.set_num_threads(1)
    seed = seed_worker(job.base_seed, number)
    _info = WorkerInfo(number, job.num_workers, seed, job.dataset)
    fetch: Fetch | None = None
    while (task := next_task(tasks)) is not None:
        if stop.value:
            continue
        try:
            if fetch is None:
                if job.init is not None:
                    job.init(number)
                fetch = job.make_fetch(job.dataset)
            answer = dumps(("batch", fetch(task[0])))
        except Exhausted:
            answer = dumps(("end", None))
        except Exception as error:  # noqa: BLE001 - whatever the dataset raises is raised in the parent
            answer = dumps_error(error, number)
        try:
            answers.send_bytes(answer)
        except BrokenPipeError:  # the parent is gone
            return


def next_task(tasks: "multiprocessing.Queue[Any]") -> Any:  # noqa: ANN401 - indices of any kind
    """Wait for a task; `None` when there is none to come."""
    parent = multiprocessing.parent_process()
    while parent is None or parent.is_alive():
        try:
            return tasks.get(timeout=CHECK_SECONDS)
        except queue.Empty:
            continue
    return None


def dumps(answer: Any) -> bytes:  # noqa: ANN401 - whatever the collate function returned
    """Pickle in the worker's own thread, where a failure can be reported."""
    buffer = BytesIO()
    reduction.ForkingPickler(buffer, pickle.HIGHEST_PROTOCOL).dump(answer)
    return buffer.getvalue()


# --8<-- [start:dumps_error]
def dumps_error(error: Exception, worker: int) -> bytes:
    """Pickle an exception, with the worker's traceback as a note that Python prints below it."""
    text = "".join(traceback.format_exception(error)).rstrip()
    error.add_note(f"Raised in worker {worker}:\n{text}")
    try:
        pickled = pickle.dumps(("error", error))
        pickle.loads(pickled)  # noqa: S301 - our own bytes: some exceptions pickle, but do not unpickle
    except Exception:  # noqa: BLE001 - an exception's own pickling code may raise anything
        plain = RuntimeError(f"{type(error).__name__} in worker {worker}: {error}")
        plain.add_note(f"Raised in worker {worker}:\n{text}")
        pickled = pickle.dumps(("error", plain))
    return pickled


# --8<-- [end:dumps_error]


def as_error(error: Exception) -> Exception:
    """Return the exception to raise: a stray StopIteration would end the loop without a word."""
    if isinstance(error, StopIteration):
        raised = RuntimeError("the dataset or its collate_fn raised StopIteration")
        raised.__cause__ = error
        return raised
    return error


class WorkerPass:
    """One pass over a dataset with workers: an iterator of batches in the order of the tasks.

    Args:
        job: what the workers are given.
        tasks: the indices of each batch, in order.
        prefetch_factor: how many batches each worker is asked for ahead of need.
        context: how processes are started.
    """

    def __init__(
        self,
        job: Job,
        tasks: Iterator[Any],
        prefetch_factor: int,
        context: multiprocessing.context.BaseContext,
    ) -> None:
        self.tasks = tasks
        self.turn = 0
        self.due: deque[int] = deque()  # which worker owes the next batch, and those after it
        self.processes: list[Any] = []
        self.readers: list[connection.Connection] = []
        self.queues: list[Any] = []
        self.active = [True] * job.num_workers
        self.stop = context.RawValue(ctypes.c_bool, False)
        # Called once: by close, when the pass is dropped, or while Python still works at exit.
        self._end = weakref.finalize(
            self, end_workers, os.getpid(), self.stop, self.queues, self.readers, self.processes
        )
        try:
            for number in range(job.num_workers):
                self._start(number, job, context)
            for _ in range(prefetch_factor * job.num_workers):
                self._ask()
        except BaseException:
            self.close()
            raise

    def _start(self, number: int, job: Job, context: Any) -> None:  # noqa: ANN401 - fork, spawn, …
        reader, writer = context.Pipe(duplex=False)
        tasks = context.Queue()
        tasks.cancel_join_thread()
        self.readers.append(reader)
        self.queues.append(tasks)
        process = context.Process(
            target=work,
            args=(number, job, tasks, writer, list(self.readers), self.stop),
            daemon=True,
        )
        process.start()
        self.processes.append(process)
        writer.close()  # the worker's end is the only one left, so its death closes the pipe

    # --8<-- [start:pool_ask]
    def _ask(self) -> None:
        """Give the next task to the next worker that still has data."""
        if not any(self.active):
            return
        try:
            task = next(self.tasks)
        except StopIteration:
            return
        while not self.active[self.turn]:
            self.turn = (self.turn + 1) % len(self.active)
        self.queues[self.turn].put((task,))
        self.due.append(self.turn)
        self.turn = (self.turn + 1) % len(self.active)

    # --8<-- [end:pool_ask]

    def __iter__(self) -> "WorkerPass":
        return self

    def __next__(self) -> Any:  # noqa: ANN401 - whatever the collate function returned
        try:
            return self._next()
        except BaseException:  # also the end, and Ctrl-C: no worker outlives the pass
            self.close()
            raise

    # --8<-- [start:pool_next]
    def _next(self) -> "Any":  # noqa: ANN401 - whatever the collate function returned
        while self.due:
            worker = self.due.popleft()
            if not self.active[worker]:
                continue  # an iterable-style worker that has run out
            kind, value = self._receive(worker)
            self.active[worker] = kind != "end"
            self._ask()
            if kind == "error":
                raise as_error(value)
            if kind == "batch":
                return value
        raise StopIteration

    # --8<-- [end:pool_next]

    def _receive(self, worker: int) -> tuple[str, Any]:
        reader, process = self.readers[worker], self.processes[worker]
        ready = connection.wait([reader, process.sentinel])
        try:
            if reader in ready:
                answer: tuple[str, Any] = pickle.loads(reader.recv_bytes())  # noqa: S301 - our own worker's bytes
                return answer
        except (EOFError, OSError) as error:  # cut off while it answered, or before it was asked
            process.join(CHECK_SECONDS)
            if process.is_alive():
                raise
            raise died(worker, process) from error
        process.join()
        raise died(worker, process)

    def close(self) -> None:
        """End the workers and wait for them. Batches that were read ahead are dropped."""
        self.due.clear()
        self._end()


def end_workers(parent: int, stop: Any, queues: Any, readers: Any, processes: Any) -> None:  # noqa: ANN401 - what any start method makes
    """End the workers of a pass: tell them, read what they are still sending, wait."""
    if os.getpid() != parent:
        return  # a forked copy of the pass: the workers are not ours to end
    stop.value = True
    for tasks in queues:
        tasks.put(None)
    for reader, process in zip(readers, processes, strict=False):
        drain(reader, process)
    for process in processes:
        process.join(GRACE_SECONDS)
        if process.is_alive():
            process.kill()
            process.join()
        process.close()
    for reader in readers:
        reader.close()
    for tasks in queues:
        tasks.close()


def drain(reader: connection.Connection, process: Any) -> None:  # noqa: ANN401 - a Process of any context
    """Read what a worker is still sending, so that it can end."""
    while reader in connection.wait([reader, process.sentinel], GRACE_SECONDS):
        try:
            reader.recv_bytes()
        except (EOFError, OSError):
            return


def died(worker: int, process: Any) -> RuntimeError:  # noqa: ANN401 - a Process of any context
    """Return the error for a worker that ended without being told to."""
    code = process.exitcode
    how = f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
    hint = ". A killed worker is often one that ran out of memory." if code < 0 else ""
    return RuntimeError(
        f"DataLoader worker {worker} (pid {process.pid}) ended unexpectedly: {how}{hint}"
    )
