"""Export a module to ONNX with declared dynamic sizes, and check the file on sizes it never saw.

`torch.onnx.export` traces the module with `torch.export` and translates the graph; see the
documentation of [`torch.onnx`](https://docs.pytorch.org/docs/stable/onnx.html). Neither function
here adds to that: they refuse what goes wrong quietly, and compare with PyTorch what comes out.
"""

import importlib
import inspect
import logging
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

# --8<-- [start:imports]
import torch
from torch import Tensor, nn

# --8<-- [end:imports]
from torch.export import Dim

__all__ = ["check_onnx", "export_onnx"]


def _need(name: str) -> Any:  # noqa: ANN401  # a module that publishes no types
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise ImportError(
            f"{name} is not installed: expected pip install 'class-logs[onnx]', got {error}"
        ) from error


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep back the exporter's notes on torchvision and on PyTorch's own deprecated calls."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=r".*treespec", category=FutureWarning)
            # One name for two equal sizes is what was asked for.
            warnings.filterwarnings("ignore", message="# The axis name", category=UserWarning)
            yield
    finally:
        logger.setLevel(level)


def dynamic_dims(
    model: nn.Module, example: tuple[Tensor, ...], dynamic: Mapping[str, Mapping[int, str]]
) -> dict[str, dict[int, Any]]:
    """Turn names of sizes into `torch.export.Dim`s: one name, one size, wherever it stands."""
    parameters = list(inspect.signature(model.forward).parameters)
    if unknown := set(dynamic) - set(parameters[: len(example)]):
        raise ValueError(
            f"dynamic names {sorted(unknown)}: expected inputs of forward, {parameters}"
        )
    dims: dict[str, Any] = {}
    shapes: dict[str, dict[int, Any]] = {}
    for name, tensor in zip(parameters, example, strict=False):
        shapes[name] = {}
        for axis, label in dynamic.get(name, {}).items():
            if not 0 <= axis < tensor.dim():
                raise ValueError(
                    f"dynamic[{name!r}] names axis {axis}: expected 0 to {tensor.dim() - 1}, "
                    f"the example has shape {tuple(tensor.shape)}"
                )
            if tensor.shape[axis] < 2:
                raise ValueError(
                    f"{label!r} is {tensor.shape[axis]} in the example: expected 2 or more, because "
                    "torch.export takes 0 and 1 for constants"
                )
            shapes[name][axis] = dims.setdefault(label, Dim(label))
    return shapes


def export_onnx(
    model: nn.Module,
    example: tuple[Tensor, ...],
    path: str | Path,
    dynamic: Mapping[str, Mapping[int, str]] | None = None,
    **options: Any,  # noqa: ANN401  # handed to torch.onnx.export as they are
) -> Path:
    """Export a module to an ONNX file.

    Args:
        model: a module in eval mode.
        example: the positional inputs of one forward pass.
        path: the file to write. Weights of more than ONNX can hold in one file go beside it.
        dynamic: for each input by its name in `forward`, the axes whose size may change, and a name
            for it. Sizes with one name must be equal. Every other size is fixed by the example.
        **options: further arguments of `torch.onnx.export`.

    Returns:
        The path.

    Raises:
        ImportError: onnx or onnxscript is not installed.
        TypeError: the example is no tuple of tensors.
        ValueError: the module is in train mode, or `dynamic` does not fit the example.

    Examples:
        >>> import tempfile, torch
        >>> from reference_impl.saving.exporting import check_onnx, export_onnx
        >>> model = torch.nn.Linear(3, 2).eval()
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = export_onnx(model, (torch.ones(4, 3),), f"{folder}/a.onnx", {"input": {0: "n"}})
        ...     print(check_onnx(path, model, [(torch.ones(7, 3),), (torch.ones(1, 3),)]) < 1e-5)
        True
    """
    for name in ("onnx", "onnxscript"):
        _need(name)
    if not isinstance(example, tuple) or not all(isinstance(x, Tensor) for x in example):
        raise TypeError(f"expected a tuple of tensors as example, got {type(example).__name__}")
    if training := [name or "the model" for name, part in model.named_modules() if part.training]:
        raise ValueError(
            f"expected a model in eval mode, got train mode in {training}: call eval() first"
        )
    shapes = dynamic_dims(model, example, dynamic) if dynamic else None
    with _quiet():
        program = torch.onnx.export(
            model, example, dynamic_shapes=shapes, dynamo=True, verbose=False, **options
        )
    if program is None:
        raise ValueError(f"torch.onnx.export returned no program; options were {options}")
    program.save(path)
    return Path(path)


def check_onnx(
    path: str | Path,
    model: nn.Module,
    inputs: Iterable[tuple[Tensor, ...]],
    rtol: float = 1e-4,
    atol: float = 1e-5,
) -> float:
    """Run an ONNX file and the module it came from on the same inputs, and compare every output.

    Args:
        path: the file.
        model: the module, in eval mode. Its output is a tensor, or a tuple or list of tensors.
        inputs: one tuple of tensors for each run. Choose sizes other than the example's.
        rtol: how much of the expected value a difference may be.
        atol: what is added to that.

    Returns:
        The largest absolute difference that was seen.

    Raises:
        ImportError: onnxruntime is not installed.
        TypeError: an output of the module is no tensor, such as a dict or a tuple in a tuple.
        ValueError: onnxruntime refuses a size, or an output differs in number, shape, dtype or value.
            The message names the output, the sizes of the inputs, and the difference. Also if there
            was nothing to compare.

    Examples:
        >>> import onnx, tempfile, torch
        >>> from reference_impl.saving.exporting import check_onnx
        >>> head = '<ir_version: 8, opset_import: ["" : 18]>'
        >>> relu = onnx.parser.parse_model(head + "g (float[n] x) => (float[n] y) { y = Relu(x) }")
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     onnx.save(relu, f"{folder}/relu.onnx")
        ...     check_onnx(f"{folder}/relu.onnx", torch.nn.ReLU().eval(), [(torch.arange(-2.0, 3.0),)])
        0.0
    """
    runtime = _need("onnxruntime")
    session = runtime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    names = [value.name for value in session.get_outputs()]
    largest, runs = 0.0, 0
    for args in inputs:
        sizes = ", ".join(str(tuple(x.shape)) for x in args)
        got = _run(session, args, sizes)
        with torch.no_grad():
            expected = model(*args)
        flat = list(expected) if isinstance(expected, tuple | list) else [expected]
        if other := [type(x).__name__ for x in flat if not isinstance(x, Tensor)]:
            raise TypeError(f"expected a model that returns tensors, got {', '.join(other)}")
        if len(flat) != len(names):
            raise ValueError(f"expected {len(flat)} outputs as in PyTorch, the file has {names}")
        for name, ours, theirs in zip(names, got, flat, strict=True):
            where = f"output {name!r} for inputs of size {sizes}"
            largest = max(largest, compare(where, torch.from_numpy(ours), theirs, rtol, atol))
        runs += 1
    if runs == 0:
        raise ValueError("expected at least one tuple of inputs to compare, got none")
    return largest


def _run(session: Any, args: Sequence[Tensor], sizes: str) -> list[Any]:  # noqa: ANN401  # untyped
    names = [value.name for value in session.get_inputs()]
    if len(names) != len(args):
        raise ValueError(f"expected {len(names)} inputs {names}, got {len(args)}")
    feed = {name: x.detach().cpu().numpy() for name, x in zip(names, args, strict=True)}
    try:
        return list(session.run(None, feed))
    except Exception as error:
        # onnxruntime has a class of its own for every status, and no public base.
        if not type(error).__module__.startswith("onnxruntime"):
            raise
        raise ValueError(f"onnxruntime refuses inputs of size {sizes}: {error}") from error


# --8<-- [start:compare]
def compare(where: str, got: Tensor, expected: Tensor, rtol: float, atol: float) -> float:
    """The largest difference of two tensors that must be close."""
    if got.shape != expected.shape or got.dtype != expected.dtype:
        raise ValueError(
            f"{where}: expected {tuple(expected.shape)} of {expected.dtype} as in PyTorch, "
            f"onnxruntime has {tuple(got.shape)} of {got.dtype}"
        )
    expected = expected.cpu()
    same = torch.isclose(got, expected, rtol=rtol, atol=atol, equal_nan=True)
    both = got.isfinite() & expected.isfinite()
    difference = (got.double() - expected.double()).abs()[both].max().item() if both.any() else 0.0
    if not same.all():
        count = int((~same).sum())
        raise ValueError(
            f"{where}: {count} of {same.numel()} values differ, by up to {difference:.3g} where "
            f"finite; expected at most {atol:g} + {rtol:g} of the value"
        )
    return difference


# --8<-- [end:compare]
