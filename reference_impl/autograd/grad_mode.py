"""Whether operations are recorded: one switch per thread.

`no_grad()` and `enable_grad()` are `set_grad_enabled` with its argument filled in, except that
`set_grad_enabled(mode)` already acts when it is called, as a plain statement.
See [PyTorch, *Locally disabling gradient computation*](https://docs.pytorch.org/docs/stable/notes/autograd.html#locally-disabling-gradient-computation).
"""

# --8<-- [start:imports]
import inspect
import threading
from collections.abc import Callable
from contextlib import ContextDecorator
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])

# --8<-- [end:imports]


# --8<-- [start:grad_mode]
class _PerThread(threading.local):
    recording = True


_thread = _PerThread()


def is_grad_enabled() -> bool:
    """Return whether operations are recorded in this thread.

    >>> is_grad_enabled()
    True
    """
    return _thread.recording


class GradMode(ContextDecorator):
    """Set the switch on entry and put it back on exit; a `with` block or a decorator."""

    def __init__(self, mode: bool) -> None:
        self.mode = mode
        self.previous = _thread.recording

    def __enter__(self) -> "GradMode":
        self.previous = _thread.recording
        _thread.recording = self.mode
        return self

    def __exit__(self, *exc: object) -> None:
        _thread.recording = self.previous

    def __call__(self, func: F) -> F:
        """Return `func`, run under this mode.

        Raises:
            TypeError: `func` is a generator function: its body runs after the call returned.
        """
        if inspect.isgeneratorfunction(func):
            raise TypeError(f"expected a plain function to decorate, got generator {func.__name__}")
        return super().__call__(func)

    def _recreate_cm(self) -> "GradMode":
        return type(self)(self.mode)


# --8<-- [end:grad_mode]


class _AtOnce(GradMode):
    def __init__(self, mode: bool) -> None:
        super().__init__(mode)
        _thread.recording = mode

    def __enter__(self) -> "GradMode":
        _thread.recording = self.mode
        return self

    def __call__(self, func: F) -> F:
        _thread.recording = self.previous
        return super().__call__(func)


def no_grad() -> GradMode:
    """Stop recording: results have `requires_grad=False` and nothing is saved for backward.

    >>> from reference_impl.autograd import Tensor
    >>> x = Tensor([1.0], requires_grad=True)
    >>> with no_grad():
    ...     (x * 2).requires_grad
    False
    """
    return GradMode(False)


def enable_grad() -> GradMode:
    """Record again, inside a `no_grad` block.

    >>> with no_grad(), enable_grad():
    ...     is_grad_enabled()
    True
    """
    return GradMode(True)


def set_grad_enabled(mode: bool) -> GradMode:
    """Set the switch at once; used in a `with` statement, put it back at the end.

    >>> before = set_grad_enabled(False)
    >>> is_grad_enabled()
    False
    >>> with set_grad_enabled(True):
    ...     is_grad_enabled()
    True
    >>> is_grad_enabled()
    False
    >>> _ = set_grad_enabled(True)
    """
    return _AtOnce(mode)
