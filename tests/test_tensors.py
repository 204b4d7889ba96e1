"""`reference_impl.tensors` against `torch`: strides, offsets, aliases, copies, values, errors."""

import warnings
from dataclasses import dataclass
from math import prod

import pytest
import torch
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from reference_impl import tensors
from reference_impl.tensors import StridedTensor

many = settings(
    max_examples=700,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

sizes = st.sampled_from([0, 1, 1, 2, 2, 3, 4])
shapes = st.lists(sizes, max_size=5).map(tuple)


@dataclass
class Pair:
    """One tensor in both libraries, or the error both must agree on."""

    ours: StridedTensor
    torch: torch.Tensor


def make_pair(shape, strides=None, offset=0):
    """The numbers 0, 1, 2, ... in a storage, seen with the same layout in both libraries."""
    strides = tensors.contiguous_strides(shape) if strides is None else strides
    last = offset + sum(max(n - 1, 0) * s for n, s in zip(shape, strides, strict=True))
    ours = StridedTensor(list(range(last + 1)), shape, strides, offset)
    return Pair(ours, torch.arange(last + 1).as_strided(shape, strides, offset))


def storage_of(tensor):
    """What `data_ptr` of a storage would say, and says for empty storages too (theirs is 0)."""
    return tensor.untyped_storage()._cdata


def assert_same(ours, theirs):
    assert ours.shape == tuple(theirs.shape)
    assert ours.stride() == theirs.stride()
    assert ours.storage_offset() == theirs.storage_offset()
    assert ours.is_contiguous() == theirs.is_contiguous()
    assert [ours.storage[place] for place in ours.positions()] == theirs.flatten().tolist()
    assert len(ours.storage) == theirs.untyped_storage().nbytes() // theirs.itemsize


def outcome(call, tensor):
    try:
        with warnings.catch_warnings():
            # `.T` of anything but a matrix warns, the first time only: nothing that can be compared.
            warnings.simplefilter("ignore", UserWarning)
            return call(tensor)
    except (RuntimeError, IndexError, ValueError, TypeError) as error:
        return type(error)


def apply(pair, call):
    """Do the same to both; hand back the next pair, or the old one if both raised alike."""
    ours, theirs = outcome(call, pair.ours), outcome(call, pair.torch)
    if isinstance(ours, type) or isinstance(theirs, type):
        assert ours == theirs
        return pair
    assert_same(ours, theirs)
    assert ours.shares_storage(pair.ours) == (storage_of(theirs) == storage_of(pair.torch))
    assert (ours is pair.ours) == (theirs is pair.torch)
    return Pair(ours, theirs)


@st.composite
def layouts(draw):
    """A shape with strides and an offset: transposed, with gaps, overlapping, expanded, odd."""
    shape = draw(shapes)
    if draw(st.booleans()):
        strides = draw(st.tuples(*[st.sampled_from([0, 1, 2, 3, 4, 6, 7, 12, 24]) for _ in shape]))
    else:
        step, by_dim = 1, {}
        for d in draw(st.permutations(range(len(shape)))):
            by_dim[d] = step
            step *= max(shape[d], 1) * draw(st.sampled_from([1, 1, 1, 2]))
        strides = tuple(by_dim[d] for d in range(len(shape)))
    return shape, strides, draw(st.integers(0, 3))


@st.composite
def shapes_for(draw, shape):
    """Shapes worth asking of `view`: split, merged, padded with ones, with a -1, and wrong ones."""
    new = list(shape)
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(new)))
        kind = draw(st.sampled_from(["merge", "split", "one", "swap"]))
        if kind == "one":
            new.insert(at, 1)
        elif kind == "merge" and at + 1 < len(new):
            new[at : at + 2] = [new[at] * new[at + 1]]
        elif kind == "split" and at < len(new) and new[at] > 2:
            factor = draw(st.sampled_from([f for f in range(1, new[at]) if new[at] % f == 0]))
            new[at : at + 1] = [factor, new[at] // factor]
        elif kind == "swap" and at + 1 < len(new):
            new[at], new[at + 1] = new[at + 1], new[at]
    change = draw(st.sampled_from(["none", "none", "none", "infer", "infer", "wrong"]))
    if new and change != "none":
        wanted = -1 if change == "infer" else draw(st.integers(-2, 5))
        new[draw(st.integers(0, len(new) - 1))] = wanted
    if prod(shape) == 0 and draw(st.booleans()):
        new = draw(st.lists(st.sampled_from([-1, 0, 1, 2]), max_size=4))
    return tuple(new)


indices = st.one_of(
    st.integers(-4, 4),
    st.none(),
    st.just(...),
    st.builds(
        slice,
        st.none() | st.integers(-5, 5),
        st.none() | st.integers(-5, 5),
        st.none() | st.sampled_from([1, 1, 2, 3, 0, -1]),
    ),
)


names = ["view", "reshape", "permute", "transpose", "t", "T", "expand", "unsqueeze", "squeeze"]
names += ["squeeze_all", "select", "getitem", "contiguous", "clone", "clone_contiguous"]
names += ["view", "reshape", "getitem"]  # twice as often: they have the most to get wrong


def one_ellipsis(items):
    """PyTorch lets a second `...` pass, with surprises; NumPy and we refuse it."""
    return sum(item is ... for item in items) < 2


def legal_step(index):
    """Left out: a bare `[::0]` on a 0-dim tensor is wrong twice, and either error would do."""
    return not isinstance(index, slice) or index.step is None or index.step > 0


keys = st.lists(indices, max_size=5).filter(one_ellipsis).map(tuple) | indices.filter(legal_step)


def no_negative_size(shape, sizes):
    """Left out: PyTorch 2.13 makes a tensor of shape (-2, 0) without a word, and we raise."""
    kept = sizes[len(sizes) - len(shape) :]
    bad = min(sizes, default=0) < -1 or sizes.count(-1) > kept.count(-1)
    return not (bad and 0 in (*sizes, *shape))


@st.composite
def operations(draw, shape):
    """One operation, mostly a legal one, for a tensor of this shape: a name and its arguments."""
    dims = st.integers(-len(shape) - 1, len(shape))
    name = draw(st.sampled_from(names))
    if name in ("view", "reshape"):
        return name, (draw(shapes_for(shape)),)
    if name == "permute":
        return name, (draw(st.permutations(range(len(shape))) | st.lists(dims, max_size=4)),)
    if name == "expand":
        target = [draw(st.sampled_from([n, n, -1, 3 if n == 1 else n])) for n in shape]
        front = draw(st.lists(st.sampled_from([0, 1, 2, 2, -1]), max_size=2))
        if target and draw(st.integers(0, 9)) == 0:
            target[draw(st.integers(0, len(target) - 1))] = draw(st.integers(-2, 3))
        assume(no_negative_size(shape, [*front, *target]))
        return name, ([*front, *target],)
    if name == "getitem":
        return name, (draw(keys),)
    if name == "transpose":
        return name, (draw(dims), draw(dims))
    if name in ("unsqueeze", "squeeze"):
        return name, (draw(dims),)
    if name == "select":
        return name, (draw(dims), draw(st.integers(-4, 4)))
    return name, ()


def run(name, arguments, tensor):
    if name == "getitem":
        return tensor[arguments[0]]
    if name == "T":
        return tensor.T
    if name == "squeeze_all":
        return tensor.squeeze()
    if name == "clone_contiguous":
        if isinstance(tensor, StridedTensor):
            return tensor.clone(preserve_format=False)
        return tensor.clone(memory_format=torch.contiguous_format)
    return getattr(tensor, name)(*arguments)


# Chains of operations, the same in both libraries.


@many
@given(st.data())
def test_a_chain_of_operations_agrees_with_torch_at_every_step(data):
    pair = make_pair(*data.draw(layouts() | shapes.map(lambda shape: (shape,))))
    for _ in range(data.draw(st.integers(1, 7))):
        name, arguments = data.draw(operations(pair.ours.shape))
        pair = apply(pair, lambda tensor: run(name, arguments, tensor))  # noqa: B023 - called at once
        if pair.ours.numel() > 300:
            break


@many
@given(st.data())
def test_a_write_through_any_view_is_seen_where_torch_shows_it(data):
    start = pair = make_pair(data.draw(shapes))
    family = [start]
    for _ in range(data.draw(st.integers(1, 4))):
        name, arguments = data.draw(operations(pair.ours.shape))
        pair = apply(pair, lambda tensor: run(name, arguments, tensor))  # noqa: B023 - called at once
        family.append(pair)
    index = data.draw(keys)
    apply(pair, lambda tensor: tensor[index].fill_(-1))
    for member in family:
        assert_same(member.ours, member.torch)


# The rules, one by one, on layouts that no chain of views may reach.


@many
@given(st.data())
def test_view_finds_torchs_strides_or_refuses_as_torch_does(data):
    pair = make_pair(*data.draw(layouts()))
    shape = data.draw(shapes_for(pair.ours.shape))
    apply(pair, lambda tensor: tensor.view(shape))


@many
@given(st.data())
def test_reshape_copies_when_torch_copies(data):
    pair = make_pair(*data.draw(layouts()))
    shape = data.draw(shapes_for(pair.ours.shape))
    apply(pair, lambda tensor: tensor.reshape(shape))


@many
@given(layouts())
def test_contiguous_and_clone_lay_their_copy_out_as_torch_does(layout):
    pair = make_pair(*layout)
    apply(pair, lambda tensor: tensor.contiguous())
    apply(pair, lambda tensor: tensor.clone())
    apply(pair, lambda tensor: run("clone_contiguous", (), tensor))


@many
@given(st.data())
def test_any_index_agrees(data):
    pair = make_pair(*data.draw(layouts()))
    index = data.draw(keys)
    apply(pair, lambda tensor: tensor[index])


@many
@given(st.data())
def test_expand_agrees(data):
    pair = make_pair(*data.draw(layouts()))
    sizes = data.draw(st.lists(st.sampled_from([-2, -1, 0, 1, 2, 3]), max_size=6))
    assume(no_negative_size(pair.ours.shape, sizes))
    apply(pair, lambda tensor: tensor.expand(sizes))


def small(numbers, least, most):
    return st.lists(st.integers(*numbers), min_size=least, max_size=most)


@many
@given(small((-1, 4), 0, 3), small((-1, 5), 0, 3), st.integers(-1, 8))
def test_as_strided_accepts_what_fits_the_storage(shape, strides, offset):
    pair = make_pair((12,))
    assume(not (-1 in shape and 0 in shape))  # as for `expand`: PyTorch lets a size of -1 pass
    apply(pair, lambda tensor: tensor.as_strided(shape, strides, offset))


@many
@given(st.data())
def test_a_view_of_a_view_can_be_undone(data):
    """`view` keeps the row-major order of the elements, so viewing back restores the layout."""
    shape, strides, offset = data.draw(layouts())
    new_shape = data.draw(shapes_for(shape))
    if prod(new_shape) == prod(shape) > 0 and min(new_shape, default=1) > 0:
        new_strides = tensors.view_strides(shape, strides, new_shape)
        if new_strides is not None:
            there = list(tensors.positions(new_shape, new_strides, offset))
            assert there == list(tensors.positions(shape, strides, offset))


@settings(max_examples=500, deadline=None)
@given(layouts(), st.integers(0, 10**6))
def test_no_strides_at_all_could_do_what_view_refuses(layout, seed):
    """Where the rule says no, the places of the elements form no regular grid of the new shape."""
    shape, strides, _ = layout
    numel = prod(shape)
    places = list(tensors.positions(shape, strides))
    divisors = [d for d in range(1, numel + 1) if numel % d == 0]
    if not divisors:
        return
    rows = divisors[seed % len(divisors)]
    columns = numel // rows
    across = places[1] - places[0] if columns > 1 else 1
    down = places[columns] - places[0] if rows > 1 else 1
    regular = [places[0] + r * down + c * across for r in range(rows) for c in range(columns)]
    possible = regular == places and min(across, down) >= 0
    assert (tensors.view_strides(shape, strides, (rows, columns)) is not None) == possible


# What is not drawn at random: the exact cases of the pages, and bad input.


@pytest.mark.parametrize(
    ("shape", "strides"),
    [((0, 3), (100, 7)), ((1, 3), (100, 1)), ((3, 1), (1, 100)), ((), ()), ((0,), (5,))],
)
def test_strides_that_are_never_stepped_do_not_count(shape, strides):
    pair = make_pair(shape, strides)
    assert pair.ours.is_contiguous()
    assert pair.torch.is_contiguous()
    assert pair.ours.contiguous() is pair.ours


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda x: x.view(4, 2), RuntimeError),
        (lambda x: x.t().view(6), RuntimeError),
        (lambda x: x.view(-1, -1), RuntimeError),
        (lambda x: x.view(-2, 3), RuntimeError),
        (lambda x: x[2:].view(-1, 0), RuntimeError),
        (lambda x: x.view(), TypeError),
        (lambda x: x.permute(), TypeError),
        (lambda x: x.permute(0, 0), RuntimeError),
        (lambda x: x.permute(0), RuntimeError),
        (lambda x: x.permute(0, 2), IndexError),
        (lambda x: x.transpose(0, 2), IndexError),
        (lambda x: x[None].t(), RuntimeError),
        (lambda x: x.expand(3), RuntimeError),
        (lambda x: x.expand(-1, 2, 3), RuntimeError),
        (lambda x: x.expand(4, 3), RuntimeError),
        (lambda x: x.unsqueeze(3), IndexError),
        (lambda x: x.squeeze(2), IndexError),
        (lambda x: x.select(0, 2), IndexError),
        (lambda x: x[0, 0, 0], IndexError),
        (lambda x: x[..., 0, 0, 0], IndexError),
        (lambda x: x[0, 0][0], IndexError),
        (lambda x: x[0, 0][:], IndexError),
        (lambda x: x[::-1], ValueError),
        (lambda x: x[::0], ValueError),
        (lambda x: x.item(), RuntimeError),
        (lambda x: x[2:].item(), RuntimeError),
        (lambda x: x.as_strided((2, 2), (3, 4)), RuntimeError),
        (lambda x: x.as_strided((2,), (3, 1)), RuntimeError),
        (lambda x: x.as_strided((2,), (-1,)), RuntimeError),
    ],
)
def test_both_raise_the_same(call, error):
    pair = make_pair((2, 3))
    for tensor in (pair.ours, pair.torch):
        with pytest.raises(error):
            call(tensor)


def test_errors_say_what_was_expected_and_what_came():
    x = StridedTensor.arange(6).view(2, 3)
    with pytest.raises(RuntimeError, match=r"shape \(4, 2\) is invalid for 6 elements"):
        x.view(4, 2)
    with pytest.raises(RuntimeError, match=r"expected .* at least 8 elements, got 6"):
        x.as_strided((2, 2), (3, 4))
    with pytest.raises(IndexError, match=r"index in \[-2, 2\) at dim 0, got 5"):
        x[5]
    with pytest.raises(IndexError, match="got bool: indexing by it would copy"):
        x[True]
    with pytest.raises(RuntimeError, match=r"shape \(2, 3\) to \(4, 3\)"):
        x.expand(4, 3)


@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (2, 1, 3), (0,), (2, 0), (0, 2)])
def test_nested_lists_have_torchs_form(shape):
    pair = make_pair(shape)
    assert pair.ours.tolist() == pair.torch.tolist()
    backwards = tuple(reversed(range(len(shape))))
    assert pair.ours.T.tolist() == pair.torch.permute(backwards).tolist()


def test_sharing_a_storage_is_not_yet_overlapping():
    x = StridedTensor.arange(6)
    assert x[:3].shares_storage(x[3:])
    assert not x[:3].overlaps(x[3:])
    assert x[:4].overlaps(x[3:])
    assert not x.overlaps(x.clone())


@pytest.mark.parametrize(
    "index", [slice(None), 0, (1, 2), (slice(None), 1), (slice(None), slice(1, 1)), slice(0, 1)]
)
def test_writing_where_elements_share_a_place_is_refused_as_torch_refuses_it(index):
    theirs, ours = torch.arange(4).expand(3, 4), StridedTensor.arange(4).expand(3, 4)
    try:
        theirs[index] = 7
    except RuntimeError:
        with pytest.raises(RuntimeError, match="one place in memory"):
            ours[index] = 7
    else:
        ours[index] = 7
        assert ours.tolist() == theirs.tolist()
