"""`Module`: what is registered, how it is walked, moved, called and saved.

The interface and the behaviour are those of `torch.nn.Module`
([documentation](https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html)). Tensors and
parameters are PyTorch's own.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar, cast

import torch
from torch import Tensor
from torch.nn.parameter import Buffer, Parameter

from reference_impl.modules import hooks, state
from reference_impl.modules.hooks import HookTable, RemovableHandle
from reference_impl.modules.state import IncompatibleKeys

M = TypeVar("M", bound="Module")


def _forward_missing(self: "Module", *args: object, **kwargs: object) -> None:
    raise NotImplementedError(
        f'Module [{type(self).__name__}] is missing the required "forward" function'
    )


class Module:
    """Base class of all layers and models: it knows its parameters, buffers and sub-modules.

    Assigning a `Parameter` or a `Module` to an attribute registers it; `register_buffer` registers
    a tensor that is not trained. A subclass defines `forward`, and calls `super().__init__()` before
    it assigns anything of the three.

    >>> class Scale(Module):
    ...     def __init__(self, size):
    ...         super().__init__()
    ...         self.factor = Parameter(torch.ones(size))
    ...         self.register_buffer("calls", torch.tensor(0))
    ...
    ...     def forward(self, x):
    ...         self.calls += 1
    ...         return self.factor * x
    >>> scale = Scale(2)
    >>> scale(torch.tensor([3.0, 4.0])).tolist()
    [3.0, 4.0]
    >>> list(scale.state_dict().items())
    [('factor', tensor([1., 1.])), ('calls', tensor(1))]
    """

    _version: int = 1
    training: bool
    forward: Callable[..., Any] = _forward_missing

    # --8<-- [start:init]
    def __init__(self) -> None:
        self.training = True
        self._parameters: dict[str, Parameter | None] = {}
        self._buffers: dict[str, Tensor | None] = {}
        self._non_persistent_buffers_set: set[str] = set()
        self._modules: dict[str, Module | None] = {}
        # --8<-- [end:init]
        self._forward_pre_hooks: HookTable = OrderedDict()
        self._forward_hooks: HookTable = OrderedDict()
        self._backward_pre_hooks: HookTable = OrderedDict()
        self._backward_hooks: HookTable = OrderedDict()
        self._state_dict_pre_hooks: HookTable = OrderedDict()
        self._state_dict_hooks: HookTable = OrderedDict()
        self._load_state_dict_pre_hooks: HookTable = OrderedDict()
        self._load_state_dict_post_hooks: HookTable = OrderedDict()

    # Registration: every attribute that is assigned passes through __setattr__.

    # --8<-- [start:setattr]
    def __setattr__(self, name: str, value: "Any") -> None:  # noqa: ANN401 - any attribute may be set
        """Put a parameter, a module or a buffer in its dict, anything else in `__dict__`."""
        parameters, modules, buffers = map(
            self.__dict__.get, ("_parameters", "_modules", "_buffers")
        )
        if isinstance(value, Parameter):
            self._check_initialised("_parameters", "parameters")
            self._forget(name, self._buffers, self._modules)
            self.register_parameter(name, value)
        elif parameters is not None and name in parameters:
            check_none(value, f"as parameter '{name}' (torch.nn.Parameter or None expected)")
            parameters[name] = None
        elif isinstance(value, Module):
            self._check_initialised("_modules", "module")
            self._forget(name, self._parameters, self._buffers)
            self._modules[name] = value
        elif modules is not None and name in modules:
            check_none(value, f"as child module '{name}' (Module or None expected)")
            modules[name] = None
        elif isinstance(value, Buffer):
            self.register_buffer(name, value, value.persistent)
        elif buffers is not None and name in buffers:
            if not isinstance(value, Tensor):
                check_none(value, f"as buffer '{name}' (torch.Tensor or None expected)")
            buffers[name] = value
        else:
            object.__setattr__(self, name, value)

    # --8<-- [end:setattr]

    # --8<-- [start:getattr]
    def __getattr__(self, name: str) -> "Any":  # noqa: ANN401 - a parameter, a buffer or a module
        """Look in the three dicts; Python calls this only where `__dict__` and the class have no `name`."""
        for table in ("_parameters", "_buffers", "_modules"):
            if name in self.__dict__.get(table, ()):
                return self.__dict__[table][name]
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    # --8<-- [end:getattr]

    def __delattr__(self, name: str) -> None:
        for table in (self._parameters, self._buffers, self._modules):
            if name in table:
                del table[name]
                self._non_persistent_buffers_set.discard(name)
                return
        object.__delattr__(self, name)

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Register a parameter, or reserve its name with `None`.

        Raises:
            AttributeError: before `super().__init__()`.
            KeyError: the name is taken, is empty, or holds a dot.
            TypeError: `param` is something else.
            ValueError: `param` was computed from other tensors.
        """
        self._check_name("parameter", name, "_parameters")
        if param is not None and not isinstance(param, Parameter):
            raise TypeError(
                f"cannot assign '{torch.typename(param)}' object to parameter '{name}' "
                "(torch.nn.Parameter or None required)"
            )
        if param is not None and param.grad_fn is not None:
            raise ValueError(
                f"Cannot assign non-leaf Tensor to parameter '{name}'. Model parameters must be created "
                f"explicitly. To express '{name}' as a function of another Tensor, compute the value in "
                "the forward() method."
            )
        self._parameters[name] = param

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Register a tensor that moves with the module but is not trained.

        Args:
            name: the attribute under which it can be reached.
            tensor: the tensor, or `None` to reserve the name.
            persistent: whether it is part of the state dict.

        Raises:
            AttributeError: before `super().__init__()`.
            KeyError: the name is taken, is empty, or holds a dot.
            TypeError: `tensor` is something else.
        """
        self._check_name("buffer", name, "_buffers")
        if tensor is not None and not isinstance(tensor, Tensor):
            raise TypeError(
                f"cannot assign '{torch.typename(tensor)}' object to buffer '{name}' "
                "(torch Tensor or None required)"
            )
        self._buffers[name] = tensor
        (
            self._non_persistent_buffers_set.discard
            if persistent
            else self._non_persistent_buffers_set.add
        )(name)

    def add_module(self, name: str, module: "Module | None") -> None:
        """Register a sub-module, or reserve its name with `None`.

        Raises:
            AttributeError: before `super().__init__()`.
            KeyError: the name is taken, is empty, or holds a dot.
            TypeError: `module` is something else.
        """
        if module is not None and not isinstance(module, Module):
            raise TypeError(f"{torch.typename(module)} is not a Module subclass")
        self._check_name("module", name, "_modules")
        self._modules[name] = module

    def register_module(self, name: str, module: "Module | None") -> None:
        """Do what `add_module` does."""
        self.add_module(name, module)

    def _check_initialised(self, table: str, kind: str) -> None:
        if table not in self.__dict__:
            raise AttributeError(f"cannot assign {kind} before Module.__init__() call")

    def _check_name(self, kind: str, name: str, table: str) -> None:
        self._check_initialised(table, kind)
        if not isinstance(name, str):
            raise TypeError(f"{kind} name should be a string. Got {torch.typename(name)}")
        if "." in name:
            raise KeyError(f'{kind} name can\'t contain ".", got: {name}')
        if not name:
            raise KeyError(f'{kind} name can\'t be empty string ""')
        if hasattr(self, name) and name not in self.__dict__[table]:
            raise KeyError(f"attribute '{name}' already exists")

    def _forget(self, name: str, *tables: dict[str, Any]) -> None:
        for table in (self.__dict__, *tables):
            table.pop(name, None)
        self._non_persistent_buffers_set.discard(name)

    # Walks through the tree: depth-first, a module before its sub-modules.

    # --8<-- [start:named_modules]
    def named_modules(
        self, memo: "set[Any] | None" = None, prefix: str = "", remove_duplicate: bool = True
    ) -> "Iterator[tuple[str, Any]]":
        """Yield the module itself, then what is below it; a shared one once, under its first name."""
        memo = set() if memo is None else memo
        if self in memo:
            return
        if remove_duplicate:
            memo.add(self)
        yield prefix, self
        for name, child in self._modules.items():
            if child is not None:
                path = f"{prefix}.{name}" if prefix else name
                yield from child.named_modules(memo, path, remove_duplicate)

    # --8<-- [end:named_modules]

    def modules(self, remove_duplicate: bool = True) -> "Iterator[Module]":
        """Yield what `named_modules` does, without names."""
        return (module for _, module in self.named_modules(remove_duplicate=remove_duplicate))

    def named_children(self) -> "Iterator[tuple[str, Module]]":
        """Yield the direct sub-modules; one that is registered twice, once."""
        seen: set[Module] = set()
        for name, child in self._modules.items():
            if child is not None and child not in seen:
                seen.add(child)
                yield name, child

    def children(self) -> "Iterator[Module]":
        """Yield what `named_children` does, without names."""
        return (child for _, child in self.named_children())

    # --8<-- [start:named_members]
    def _named_members(
        self, table: str, prefix: str, recurse: bool, remove_duplicate: bool
    ) -> "Iterator[tuple[str, Any]]":
        walk = self.named_modules(prefix=prefix, remove_duplicate=remove_duplicate)
        seen: set[int] = set()
        for path, module in walk if recurse else [(prefix, self)]:
            for name, tensor in getattr(module, table).items():
                if tensor is None or id(tensor) in seen:
                    continue
                if remove_duplicate:
                    seen.add(id(tensor))
                yield (f"{path}.{name}" if path else name), tensor

    # --8<-- [end:named_members]

    def named_parameters(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Parameter]]:
        """Yield the parameters of the module and, with `recurse`, of what is below it."""
        return self._named_members("_parameters", prefix, recurse, remove_duplicate)

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """Yield what `named_parameters` does, without names."""
        return (parameter for _, parameter in self.named_parameters(recurse=recurse))

    def named_buffers(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Tensor]]:
        """Yield the buffers of the module and, with `recurse`, of what is below it."""
        return self._named_members("_buffers", prefix, recurse, remove_duplicate)

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        """Yield what `named_buffers` does, without names."""
        return (buffer for _, buffer in self.named_buffers(recurse=recurse))

    # Modes and moves.

    # --8<-- [start:train]
    def train(self, mode: bool = True) -> "Any":  # noqa: ANN401 - the module itself
        """Set the flag `training`, here and in all sub-modules, and return the module."""
        if not isinstance(mode, bool):
            raise ValueError(f"training mode is expected to be boolean, got {mode!r}")  # noqa: TRY004 - torch's type
        self.training = mode
        for child in self.children():
            child.train(mode)
        return self

    # --8<-- [end:train]

    def eval(self: M) -> M:
        """Set `training` to False, here and in all sub-modules."""
        self.train(False)
        return self

    def requires_grad_(self: M, requires_grad: bool = True) -> M:
        """Set the flag of every parameter."""
        for parameter in self.parameters():
            parameter.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Drop the gradient of every parameter, or fill it with zeros."""
        for parameter in self.parameters():
            if set_to_none:
                parameter.grad = None
            elif parameter.grad is not None:
                # a gradient made with create_graph=True lets go of its graph
                parameter.grad.detach_() if parameter.grad.grad_fn else parameter.grad.requires_grad_(
                    False
                )
                parameter.grad.zero_()

    def apply(self: M, fn: "Callable[[Module], object]") -> M:
        """Call `fn` on every module below, then on this one: depth-first, children first."""
        for child in self.children():
            child.apply(fn)
        fn(self)
        return self

    # --8<-- [start:apply]
    def _apply(self, fn: "Callable[[Tensor], Tensor]", recurse: bool = True) -> "Any":  # noqa: ANN401 - the module itself
        """Replace the data of every parameter and buffer by `fn` of it, children first."""
        if recurse:
            for child in self.children():
                child._apply(fn)
        for name, parameter in self._parameters.items():
            if parameter is not None:
                self._parameters[name] = converted(parameter, fn)
        for name, buffer in self._buffers.items():
            if buffer is not None:
                self._buffers[name] = fn(buffer)
        return self

    # --8<-- [end:apply]

    def to(self: M, *args: Any, **kwargs: Any) -> M:  # noqa: ANN401 - see parse_to
        """Move to a device, a dtype, or both: `to(device)`, `to(dtype)`, `to(device, dtype)`, `to(tensor)`.

        Only floating-point and complex tensors change their dtype.

        Raises:
            TypeError: an argument is none of these, or the dtype is neither floating point nor complex.
            NotImplementedError: from the meta device there is no data to move.
        """
        device, dtype = parse_to(*args, **kwargs)

        def move(tensor: Tensor) -> Tensor:
            changes = tensor.is_floating_point() or tensor.is_complex()
            if tensor.is_meta and device is not None and device.type != "meta":
                raise NotImplementedError(
                    "Cannot copy out of meta tensor; no data! Please use to_empty() instead of to() when "
                    "moving a module from meta to a different device."
                )
            return tensor.to(device, dtype if changes else None)

        self._apply(move)
        return self

    def to_empty(self: M, *, device: "torch.device | str | int", recurse: bool = True) -> M:
        """Move to a device without the data: every tensor is left uninitialised there."""
        self._apply(lambda tensor: torch.empty_like(tensor, device=device), recurse)
        return self

    def cpu(self: M) -> M:
        """Move to the CPU."""
        return self.to("cpu")

    def cuda(self: M, device: "torch.device | str | int | None" = None) -> M:
        """Move to the current CUDA device, or to the one given."""
        self._apply(lambda tensor: tensor.cuda(device))
        return self

    def float(self: M) -> M:
        """Convert the floating-point tensors to float32."""
        return self._convert(torch.float32)

    def double(self: M) -> M:
        """Convert the floating-point tensors to float64."""
        return self._convert(torch.float64)

    def half(self: M) -> M:
        """Convert the floating-point tensors to float16."""
        return self._convert(torch.float16)

    def bfloat16(self: M) -> M:
        """Convert the floating-point tensors to bfloat16."""
        return self._convert(torch.bfloat16)

    def _convert(self: M, dtype: torch.dtype) -> M:
        self._apply(lambda tensor: tensor.to(dtype) if tensor.is_floating_point() else tensor)
        return self

    # The call and its hooks.

    # --8<-- [start:call]
    def __call__(self, *args: "Any", **kwargs: "Any") -> "Any":  # noqa: ANN401 - what forward takes and returns
        """Run `forward` with the hooks around it."""
        if not (
            self._forward_pre_hooks
            or self._forward_hooks
            or self._backward_pre_hooks
            or self._backward_hooks
        ):
            return self.forward(*args, **kwargs)
        call = hooks.Call(self, args, kwargs)
        try:
            return call.run()
        except Exception:
            call.run_missed_hooks()
            raise

    # --8<-- [end:call]

    def register_forward_pre_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False
    ) -> RemovableHandle:
        """Call `hook(module, args)` before the forward; what it returns replaces the arguments.

        With `with_kwargs` it is `hook(module, args, kwargs)`, and returns both or `None`.
        """
        return hooks.register(self._forward_pre_hooks, hook, prepend, with_kwargs=with_kwargs)

    def register_forward_hook(
        self,
        hook: Callable[..., Any],
        *,
        prepend: bool = False,
        with_kwargs: bool = False,
        always_call: bool = False,
    ) -> RemovableHandle:
        """Call `hook(module, args, result)` after the forward; what it returns replaces the result.

        With `with_kwargs` it is `hook(module, args, kwargs, result)`. With `always_call` it is called
        even where the forward raised.
        """
        flags = {"with_kwargs": with_kwargs, "always_call": always_call}
        return hooks.register(self._forward_hooks, hook, prepend, **flags)

    def register_full_backward_pre_hook(
        self, hook: Callable[..., Any], prepend: bool = False
    ) -> RemovableHandle:
        """Call `hook(module, grad_output)` when the output's gradient is known; it may replace it."""
        return hooks.register(self._backward_pre_hooks, hook, prepend)

    def register_full_backward_hook(
        self, hook: Callable[..., Any], prepend: bool = False
    ) -> RemovableHandle:
        """Call `hook(module, grad_input, grad_output)` when the inputs' gradients are known; it may replace them."""
        return hooks.register(self._backward_hooks, hook, prepend)

    def register_state_dict_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call `hook(module, prefix, keep_vars)` before the entries are written."""
        return hooks.register(self._state_dict_pre_hooks, hook)

    def register_state_dict_post_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call `hook(module, state_dict, prefix, metadata)` after them; it may change the dict in place."""
        return hooks.register(self._state_dict_hooks, hook)

    def register_load_state_dict_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call `hook` before loading; it may change the dict in place.

        It gets the module, the state dict, the prefix, the metadata, `strict`, and the lists of missing
        keys, unexpected keys and errors.
        """
        return hooks.register(self._load_state_dict_pre_hooks, hook)

    def register_load_state_dict_post_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call `hook(module, incompatible_keys)` after loading; it may change the two lists in place."""
        return hooks.register(self._load_state_dict_post_hooks, hook)

    # The state dict.

    def state_dict(
        self,
        *,
        destination: Any = None,  # noqa: ANN401 - any dict
        prefix: str = "",
        keep_vars: bool = False,
    ) -> "OrderedDict[str, Any]":
        """Return the parameters and persistent buffers by name, with the extra state of modules that have one.

        Args:
            destination: the dict to write to; a new one by default.
            prefix: what the keys begin with.
            keep_vars: give the parameters themselves, not detached tensors that share their memory.
        """
        destination = state.new_destination() if destination is None else destination
        saved = state.save_tree(self, destination, prefix, keep_vars)
        return cast("OrderedDict[str, Any]", saved)

    # --8<-- [start:save_to_state_dict]
    def _save_to_state_dict(self, destination: "Any", prefix: str, keep_vars: bool) -> None:  # noqa: ANN401 - any dict
        """Write the entries of this module alone; override to write others."""
        for name, tensor in state.own_entries(self).items():
            destination[prefix + name] = tensor if keep_vars else tensor.detach()
        if self._defines("get_extra_state"):
            destination[prefix + state.EXTRA_STATE] = self.get_extra_state()

    # --8<-- [end:save_to_state_dict]

    def load_state_dict(
        self, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False
    ) -> IncompatibleKeys:
        """Copy the values of a state dict into the parameters and buffers.

        Args:
            state_dict: values by key; it is not changed.
            strict: raise if a key is missing or unexpected.
            assign: put the given tensors in the place of the module's own, dtype and device included.

        Returns:
            The missing and the unexpected keys.

        Raises:
            TypeError: `state_dict` is not a mapping.
            RuntimeError: something does not fit. What fits has been loaded all the same.
        """
        if not isinstance(state_dict, Mapping):
            raise TypeError(f"Expected state_dict to be dict-like, got {type(state_dict)}.")
        return state.load_tree(self, state_dict, strict, assign)

    def _load_from_state_dict(
        self,
        state_dict: dict[str, Any],
        prefix: str,
        local_metadata: dict[str, Any],
        strict: bool,
        missing_keys: list[str],
        unexpected_keys: list[str],
        error_msgs: list[str],
    ) -> None:
        """Load the entries of this module alone; override to read an older format."""
        state.load_own(
            self,
            state_dict,
            prefix,
            local_metadata,
            strict,
            missing_keys,
            unexpected_keys,
            error_msgs,
        )

    def get_extra_state(self) -> Any:  # noqa: ANN401 - whatever a subclass saves
        """Return what else to save with the module; only a subclass that overrides it is asked."""
        raise NotImplementedError(f"{type(self).__name__} defines no get_extra_state")

    def set_extra_state(self, state: Any) -> None:  # noqa: ANN401 - whatever a subclass saved
        """Take back what `get_extra_state` returned; only a subclass that overrides it is asked."""
        raise NotImplementedError(f"{type(self).__name__} defines no set_extra_state")

    def _defines(self, method: str) -> bool:
        return getattr(type(self), method) is not getattr(Module, method)


def check_none(value: object, role: str) -> None:
    """Raise unless the value is `None`: the name is registered for something else.

    Raises:
        TypeError: it is not.
    """
    if value is not None:
        raise TypeError(f"cannot assign '{torch.typename(value)}' {role}")


# --8<-- [start:converted]
def converted(parameter: "Parameter", fn: "Callable[[Tensor], Tensor]") -> "Parameter":
    """Give a parameter, and its gradient, new data; make a new parameter only where that cannot be."""
    with torch.no_grad():
        data, old_grad = fn(parameter), parameter.grad
        grad = None if old_grad is None else fn(old_grad)
    if torch._has_compatible_shallow_copy_type(parameter, data):
        parameter.data = data
    else:
        parameter = Parameter(data, parameter.requires_grad)
    if old_grad is not None and grad is not None:
        if parameter.grad is old_grad and torch._has_compatible_shallow_copy_type(old_grad, grad):
            old_grad.data = grad
        else:
            parameter.grad = grad.requires_grad_(old_grad.requires_grad)
    return parameter


# --8<-- [end:converted]


def parse_to(
    *args: Any,  # noqa: ANN401 - checked below
    device: "torch.device | str | int | None" = None,
    dtype: torch.dtype | None = None,
) -> tuple[torch.device | None, torch.dtype | None]:
    """Return the device and the dtype that the arguments of `Module.to` name.

    Raises:
        TypeError: an argument is none of device, dtype and tensor, or the dtype is an integer one.
    """
    for arg in args:
        if isinstance(arg, Tensor):
            device, dtype = arg.device, arg.dtype
        elif isinstance(arg, torch.dtype):
            dtype = arg
        elif isinstance(arg, torch.device | str | int) and not isinstance(arg, bool):
            device = arg
        elif arg is not None:
            raise TypeError(
                f"to() expected a device, a dtype or a tensor, got {torch.typename(arg)}"
            )
    if dtype is not None and not (dtype.is_floating_point or dtype.is_complex):
        raise TypeError(
            "nn.Module.to only accepts floating point or complex dtypes, but got desired dtype="
            f"{dtype}"
        )
    return (None if device is None else torch.device(device)), dtype
