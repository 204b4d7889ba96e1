"""Finding tensors that Python keeps alive, and what keeps them."""

import gc
import weakref
from types import FrameType
from typing import NamedTuple

import torch

__all__ = ["Leak", "TensorLeaks"]


class Leak(NamedTuple):
    """A tensor that is still there.

    Attributes:
        shape: of the tensor.
        nbytes: of its storage.
        holders: what refers to it: a call by the name of its function, a key of a dictionary, a list, an object.
            Empty if only C++ does, such as autograd's graph.

    Examples:
        >>> Leak((2, 3), 24, ("call",)).nbytes
        24
    """

    shape: tuple[int, ...]
    nbytes: int
    holders: tuple[str, ...]


def _alive() -> list[torch.Tensor]:
    """Return all tensors that Python's garbage collector knows."""
    return [
        thing for thing in gc.get_objects() if type(thing) in (torch.Tensor, torch.nn.Parameter)
    ]


def _holder(thing: object, tensor: torch.Tensor) -> str:
    """Name an object that refers to a tensor."""
    if isinstance(thing, FrameType):  # to ask it for its variables would make one more holder
        return f"{thing.f_code.co_name}()"
    if isinstance(thing, dict):
        keys = [repr(key) for key, value in thing.items() if value is tensor]
        return f"{' and '.join(keys)} in a dict"
    return f"a {type(thing).__name__}"


class TensorLeaks:
    """A context that finds tensors which were made inside it and are still alive, and says what holds them.

    Only what has, or had, a Python object is found: not what an operation made for autograd's graph alone.

    Examples:
        >>> kept = []
        >>> with TensorLeaks() as leaks:
        ...     x = torch.ones(1000)
        ...     kept.append(x * 2)
        ...     del x
        >>> leaks.found()
        [Leak(shape=(1000,), nbytes=4000, holders=('a list',))]
    """

    def __init__(self) -> None:
        self._before: dict[int, weakref.ref[torch.Tensor]] = {}

    def __enter__(self) -> "TensorLeaks":
        gc.collect()
        self._before = {id(tensor): weakref.ref(tensor) for tensor in _alive()}
        return self

    def __exit__(self, *exception: object) -> None:
        gc.collect()

    def found(self) -> list[Leak]:
        """Return the tensors that are alive now and were not before, the largest first."""
        new = [t for t in _alive() if not self._knew(t)]
        leaks = []
        for number in range(len(new)):  # a name for a tensor would make this call a holder
            holders = [thing for thing in gc.get_referrers(new[number]) if thing is not new]
            names = tuple(_holder(thing, new[number]) for thing in holders)
            shape, nbytes = tuple(new[number].shape), new[number].untyped_storage().nbytes()
            leaks.append(Leak(shape, nbytes, names))
        return sorted(leaks, key=lambda leak: -leak.nbytes)

    def _knew(self, tensor: torch.Tensor) -> bool:
        """Say whether a tensor was there before; its number may have been another's."""
        before = self._before.get(id(tensor))
        return before is not None and before() is tensor
