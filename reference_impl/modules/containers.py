"""Containers: modules whose sub-modules stand in a list or a dict.

A plain list or dict of modules registers nothing; these do.
"""

import operator
from collections import OrderedDict
from collections.abc import ItemsView, Iterable, Iterator, KeysView, Mapping, ValuesView
from typing import Any, TypeVar, cast

from reference_impl.modules.module import Module

N = TypeVar("N", bound="_Numbered")


class _Numbered(Module):
    """Modules under the names "0", "1", ... or, in a Sequential, under names of their own."""

    def _values(self) -> list[Module]:
        return cast("list[Module]", list(self._modules.values()))

    def _name(self, index: int) -> str:
        place, size = operator.index(index), len(self)
        if not -size <= place < size:
            raise IndexError(f"index {index} is out of range for {size} modules")
        return list(self._modules)[place]

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[Module]:
        return iter(self._values())

    def __setitem__(self, index: int, module: Module) -> None:
        setattr(self, self._name(index), module)

    def append(self: N, module: Module) -> N:
        """Add a module at the end, under the next number."""
        self.add_module(str(len(self)), module)
        return self

    def extend(self: N, modules: Iterable[Module]) -> N:
        """Add several modules at the end."""
        for module in list(modules):
            self.append(module)
        return self


class Sequential(_Numbered):
    """Call modules one after the other, each on the result of the one before.

    Args:
        modules: the modules in order; or one `OrderedDict` that names them.

    >>> import torch
    >>> from reference_impl.modules import Dropout, Linear
    >>> net = Sequential(Linear(4, 3), Dropout(0.1), Linear(3, 1))
    >>> list(net.state_dict())
    ['0.weight', '0.bias', '2.weight', '2.bias']
    >>> net(torch.zeros(2, 4)).shape, len(net[:2])
    (torch.Size([2, 1]), 2)
    """

    def __init__(self, *modules: "Module | OrderedDict[str, Module]") -> None:
        super().__init__()
        first = modules[0] if len(modules) == 1 else None
        named = first.items() if isinstance(first, OrderedDict) else enumerate(modules)
        for name, module in named:
            self.add_module(str(name), cast("Module", module))

    def __getitem__(self, index: int | slice) -> Any:  # noqa: ANN401 - a module, or a Sequential of some
        if isinstance(index, slice):
            names = list(self._modules)[index]
            return type(self)(OrderedDict(zip(names, self._values()[index], strict=True)))
        return self._modules[self._name(index)]

    # --8<-- [start:sequential_forward]
    def forward(self, x: "Any") -> "Any":  # noqa: ANN401 - what the modules take and return
        """Return the result of the last module."""
        for module in self:
            x = module(x)
        return x

    # --8<-- [end:sequential_forward]


class ModuleList(_Numbered):
    """A list of modules, each registered under its number.

    Args:
        modules: what to begin with.

    >>> from reference_impl.modules import Linear
    >>> layers = ModuleList([Linear(2, 2), Linear(2, 2)]).append(Linear(2, 1))
    >>> [name for name, _ in layers.named_parameters()][-2:]
    ['2.weight', '2.bias']
    """

    def __init__(self, modules: Iterable[Module] = ()) -> None:
        super().__init__()
        self.extend(modules)

    def __getitem__(self, index: int | slice) -> Any:  # noqa: ANN401 - a module, or a ModuleList of some
        if isinstance(index, slice):
            return type(self)(self._values()[index])
        return self._modules[self._name(index)]


class ModuleDict(Module):
    """A dict of modules, each registered under its key.

    Args:
        modules: what to begin with.

    >>> from reference_impl.modules import Linear
    >>> heads = ModuleDict({"tags": Linear(4, 3), "score": Linear(4, 1)})
    >>> list(heads.state_dict()), "tags" in heads
    (['tags.weight', 'tags.bias', 'score.weight', 'score.bias'], True)
    """

    def __init__(self, modules: Mapping[str, Module] | None = None) -> None:
        super().__init__()
        for name, module in (modules or {}).items():
            self[name] = module

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 - the module, of whatever class
        return self._modules[name]

    def __setitem__(self, name: str, module: Module) -> None:
        self.add_module(name, module)

    def __delitem__(self, name: str) -> None:
        del self._modules[name]

    def __contains__(self, name: str) -> bool:
        return name in self._modules

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def keys(self) -> KeysView[str]:
        """Return the names."""
        return self._modules.keys()

    def values(self) -> "ValuesView[Module | None]":
        """Return the modules."""
        return self._modules.values()

    def items(self) -> "ItemsView[str, Module | None]":
        """Return pairs of name and module."""
        return self._modules.items()
