"""Run a program as a reader would: pasted into a fresh file, in an empty folder.

In this process by default (a few milliseconds; everything a program may change is put back), in a process
of its own where the program asks for one with `# run:`.
"""

from __future__ import annotations

import builtins
import contextlib
import functools
import gc
import linecache
import multiprocessing
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import types
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.code_blocks.program import Program, parse

if TYPE_CHECKING:
    from collections.abc import Iterator

#: How long a program of its own process may hang before it is ended. No limit on being slow.
_HUNG_SECONDS = 600


@dataclass
class Outcome:
    """What one statement printed, and the warnings and the error it ended with."""

    text: str = ""
    complaints: list[str] = field(default_factory=list)

    @property
    def lines(self) -> list[str]:
        """The printed lines."""
        return self.text.splitlines()


@dataclass(frozen=True)
class Run:
    """What a program did, statement by statement, and what it left behind that it must not."""

    outcomes: tuple[Outcome, ...]
    faults: tuple[str, ...] = ()


@functools.cache
def run(text: str, name: str) -> Run:
    """Run a program's text under the file name that readers give it. The same text is run once."""
    program = parse(text)
    if program.run is None:
        return _run_here(program, name)
    return _run_apart(program, name)


def _run_here(program: Program, name: str) -> Run:
    with tempfile.TemporaryDirectory() as folder, isolated(folder):
        file = Path(folder) / Path(name).name
        file.write_text(program.text, encoding="utf-8")
        linecache.checkcache(str(file))
        return _Watch(program, str(file)).run()


class _Watch:
    """Runs one program in this process and notes which statement printed what."""

    def __init__(self, program: Program, file: str) -> None:
        self.program = program
        self.file = file
        self.outcomes = [Outcome() for _ in program.statements]
        self.pid = os.getpid()
        self.thread = threading.main_thread().ident
        self.last = 0

    def run(self) -> Run:
        module = types.ModuleType("__main__")
        module.__dict__.update(__file__=self.file, __builtins__=builtins)
        sys.modules["__main__"] = module
        sys.path.insert(0, str(Path(self.file).parent))
        sys.argv = [self.file]
        with _descriptors() as unseen, warnings.catch_warnings():
            _python_default_filters()
            warnings.showwarning = self._on_warning  # type: ignore[assignment]  # ours takes the last two as one
            self._seen: set[tuple[str, str, str, int]] = set()
            stdout, stderr = sys.stdout, sys.stderr
            sys.stdout = sys.stderr = _Recorder(self)
            try:
                code = compile(self.program.text, self.file, "exec")
                exec(code, module.__dict__)  # running the page's programs is what this is for
            except (KeyboardInterrupt, GeneratorExit):
                raise
            except BaseException as error:  # noqa: BLE001  # whatever the program raises is its outcome
                self._on_error(error)
            finally:
                sys.stdout, sys.stderr = stdout, stderr
        faults = []
        if unseen:
            first = unseen[0].splitlines()[0] if unseen[0].strip() else unseen[0]
            faults.append(
                f"a child process or a C library printed past Python: {first!r}; use '# run: python'"
            )
        for child in multiprocessing.active_children():
            child.kill()  # one that ignores SIGTERM must not hold up the run
            child.join()
            faults.append(f"it left a child process running: {child.name}")
        return Run(tuple(self.outcomes), tuple(faults))

    def _statement(self) -> int:
        """The module-level statement that the main thread is in."""
        frame = sys._current_frames().get(self.thread or 0)
        line = None
        while frame is not None:
            if frame.f_code.co_filename == self.file and frame.f_code.co_name == "<module>":
                line = frame.f_lineno
            frame = frame.f_back
        if line is not None:
            self.last = self.program.statement_at(line)
        return self.last

    def on_write(self, text: str) -> None:
        if os.getpid() != self.pid:
            os.write(1, text.encode())
            return
        self.outcomes[self._statement()].text += text

    def _on_warning(
        self,
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        *_: object,
    ) -> None:
        key = (category.__name__, str(message), filename, lineno)
        if key not in self._seen:
            self._seen.add(key)
            self.outcomes[self._statement()].complaints.append(_complaint(category, str(message)))

    def _on_error(self, error: BaseException) -> None:
        line = error.lineno if isinstance(error, SyntaxError) else None
        trace = error.__traceback__
        while trace is not None:
            if (
                trace.tb_frame.f_code.co_filename == self.file
                and trace.tb_frame.f_code.co_name == "<module>"
            ):
                line = trace.tb_lineno
            trace = trace.tb_next
        at = self.last if line is None else self.program.statement_at(line)
        self.outcomes[at].complaints.append(_complaint(type(error), str(error)))


def _complaint(kind: type[BaseException], message: str) -> str:
    first = message.strip().split("\n", 1)[0].rstrip()
    return f"{kind.__qualname__}: {first}" if first else kind.__qualname__


class _Recorder:
    """Stands in for both standard streams, so that they are seen in the order they were written."""

    encoding = "utf-8"
    errors = "strict"

    def __init__(self, watch: _Watch) -> None:
        self._watch = watch

    def write(self, text: str) -> int:
        self._watch.on_write(text)
        return len(text)

    def flush(self) -> None:
        """Nothing is held back."""

    def isatty(self) -> bool:
        return False

    def writable(self) -> bool:
        return True


@contextlib.contextmanager
def _descriptors() -> Iterator[list[str]]:
    """Collect what is written to the process's own descriptors 1 and 2, past Python's streams."""
    seen: list[str] = []
    with tempfile.TemporaryFile() as store:
        saved = os.dup(1), os.dup(2)
        os.dup2(store.fileno(), 1)
        os.dup2(store.fileno(), 2)
        try:
            yield seen
        finally:
            for target, copy in zip((1, 2), saved, strict=True):
                os.dup2(copy, target)
                os.close(copy)
            store.seek(0)
            if written := store.read().decode(errors="replace"):
                seen.append(written)


def _python_default_filters() -> None:
    """What `python FILE` shows, except that a warning shown once a process is shown once a program."""
    warnings.resetwarnings()
    warnings.simplefilter("always")
    for category in (DeprecationWarning, PendingDeprecationWarning, ImportWarning, ResourceWarning):
        warnings.simplefilter("ignore", category)
    warnings.filterwarnings("always", category=DeprecationWarning, module="__main__")


@contextlib.contextmanager
def isolated(folder: str) -> Iterator[None]:
    """Put back everything that a program may change; scramble every seed, so that a missing one shows."""
    import numpy as np
    import torch

    environment, directory = dict(os.environ), Path.cwd()
    path, argv, main = list(sys.path), list(sys.argv), sys.modules["__main__"]
    states = random.getstate(), np.random.get_state(), torch.get_rng_state()  # noqa: NPY002  # programs use the global one
    options, errors = np.get_printoptions(), np.geterr()
    dtype, device = torch.get_default_dtype(), torch.get_default_device()
    grad, threads = torch.is_grad_enabled(), torch.get_num_threads()
    precision, always = torch.get_float32_matmul_precision(), torch.is_warn_always_enabled()
    matmul = torch.backends.cuda.matmul.fp32_precision
    anomaly = torch.is_anomaly_enabled(), torch.is_anomaly_check_nan_enabled()
    deterministic = torch.are_deterministic_algorithms_enabled()
    random.seed(None)
    np.random.seed(None)  # noqa: NPY002  # the same
    torch.seed()
    torch.set_printoptions(profile="default")  # type: ignore[no-untyped-call]  # torch gives it no types
    torch.set_warn_always(True)
    os.chdir(folder)
    _free_gpu()
    try:
        yield
    finally:
        os.chdir(directory)
        os.environ.clear()
        os.environ.update(environment)
        sys.path[:], sys.argv, sys.modules["__main__"] = path, argv, main
        random.setstate(states[0])
        np.random.set_state(states[1])  # noqa: NPY002  # the same
        torch.set_rng_state(states[2])
        np.set_printoptions(**options)
        np.seterr(**errors)
        if torch.get_default_dtype() != dtype:
            torch.set_default_dtype(dtype)
        if torch.get_default_device() != device:
            torch.set_default_device(device)
        torch.set_grad_enabled(grad)
        torch.set_num_threads(threads)
        torch.set_float32_matmul_precision(precision)
        torch.backends.cuda.matmul.fp32_precision = matmul
        torch.set_warn_always(always)
        torch.set_anomaly_enabled(*anomaly)
        torch.use_deterministic_algorithms(deterministic)
        torch.set_printoptions(profile="default")  # type: ignore[no-untyped-call]  # torch gives it no types
        if torch.distributed.is_available() and torch.distributed.is_initialized():
            torch.distributed.destroy_process_group()
        if "matplotlib.pyplot" in sys.modules:
            sys.modules["matplotlib.pyplot"].close("all")


def _free_gpu() -> None:
    """Give back what the last program held on a GPU, and count peaks from here."""
    import torch

    if torch.cuda.is_initialized():  # type: ignore[no-untyped-call]  # torch gives it no types
        gc.collect()
        torch._C._cuda_clearCublasWorkspaces()
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()


def _run_apart(program: Program, name: str) -> Run:
    """Run in a process of its own; what it prints can't be told apart by statement, so it is one text."""
    ranks = (program.run or "").startswith("torchrun")
    declared = any(
        not re.match(r"\w*Warning", complaint.text)
        for statement in program.statements
        for complaint in statement.complaints
    )
    # Ranks meet on a port that was free when the launcher asked: on a busy machine another program can take it first.
    # So a start that failed is tried once more; a program that is wrong fails twice, and says why.
    for _ in range(2 if ranks else 1):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / Path(name).name
            file.write_text(program.text, encoding="utf-8")
            out, err, code = spawn(command(program, file.name), folder)
        if code == 0:
            break
    outcomes = [Outcome() for _ in program.statements]
    outcomes[-1].text = out
    faults = []
    if ranks and code != 0 and not declared:
        # The launcher's own error names no cause; what the ranks wrote does.
        faults.append("the ranks wrote: " + " | ".join(err.splitlines()[-60:]))
    last = _raised(err) or [line for line in err.splitlines() if line.strip()][-1:]
    for line in err.splitlines():
        # Python prints a warning as FILE:LINE: Category: message.
        if warned := re.match(r"\S+:\d+: (\w*Warning: .*)", line):
            outcomes[-1].complaints.append(warned[1])
    if code != 0:
        outcomes[-1].complaints.append(last[0] if last else f"exit status {code}")
    elif last and not outcomes[-1].complaints:
        faults.append(f"it wrote to stderr: {last[0]}")
    return Run(tuple(outcomes), tuple(faults))


def _raised(err: str) -> list[str]:
    """The line of a printed traceback that names the error; its message may go on for many more."""
    _, found, trace = err.rpartition("Traceback (most recent call last):\n")
    unindented = [line for line in trace.splitlines() if line.strip() and not line.startswith(" ")]
    return [re.sub(r"^(?:\w+\.)+(?=\w+(?::|$))", "", unindented[0])] if found and unindented else []


def command(program: Program, file: str) -> list[str]:
    """The command that runs a program in a process of its own."""
    if program.run is None or program.run == "python":
        return [sys.executable, file]
    count = program.run.split("=")[1]
    # --standalone picks a free port, so that two runs on one machine don't meet.
    return [
        sys.executable,
        "-m",
        "torch.distributed.run",
        "--standalone",
        f"--nproc-per-node={count}",
        file,
    ]


@contextlib.contextmanager
def hang_up_as_usual() -> Iterator[None]:
    """For starting a process: under `nohup make test` the tests ignore SIGHUP, and so would all that they start."""
    before = signal.getsignal(signal.SIGHUP)
    if before == signal.SIG_IGN:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGHUP, before)


def spawn(words: list[str], folder: str | Path, **environment: str) -> tuple[str, str, int]:
    """Run a command to its end; its output, its errors and its exit status. Nothing is left running."""
    settings: dict[str, Any] = {
        **os.environ,
        "PYTHONUNBUFFERED": "1",
        "OMP_NUM_THREADS": "1",
        **environment,
    }
    for leaked in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "PYTEST_CURRENT_TEST"):
        settings.pop(leaked, None)
    scripts = str(Path(sys.executable).parent)
    settings["PATH"] = f"{scripts}{os.pathsep}{settings.get('PATH', '')}"
    with hang_up_as_usual():
        process = subprocess.Popen(
            words,
            cwd=folder,
            env=settings,
            text=True,
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
    try:
        out, err = process.communicate(timeout=_HUNG_SECONDS)
    except subprocess.TimeoutExpired:
        # torchrun's ranks are in sessions of their own: only torchrun can end them, on SIGTERM.
        for sent in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, sent)
            try:
                out, err = process.communicate(timeout=60)
                break
            except subprocess.TimeoutExpired:
                out, err = "", ""
        err += f"\nhung: ended after {_HUNG_SECONDS} seconds"
    return out, err, process.returncode
