"""`reference_impl.saving`: files against `safetensors` and `torch.save`, and partial loading."""

import json
import os
import pickle
import sys
import zipfile
from collections import OrderedDict

import pytest
import safetensors
import safetensors.torch
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from reference_impl.saving import formats
from reference_impl.saving.formats import (
    DTYPES,
    SafetensorsFile,
    load_safetensors,
    pickle_globals,
    safetensors_bytes,
    save_safetensors,
    zip_entries,
)
from reference_impl.saving.loading import load_matching

many = settings(max_examples=150, deadline=None)

shapes = st.lists(st.sampled_from([0, 1, 1, 2, 3, 5]), max_size=4).map(tuple)
names = st.text(st.characters(exclude_categories=["Cs"]), max_size=8).filter(
    lambda name: name != "__metadata__"
)


@st.composite
def tensors(draw):
    """A tensor of any dtype of the format, holding any bits."""
    dtype, shape = draw(st.sampled_from([*DTYPES.values()])), draw(shapes)
    count = torch.Size(shape).numel() * dtype.itemsize
    raw = draw(st.binary(min_size=count, max_size=count))
    if dtype is torch.bool:
        raw = bytes(byte & 1 for byte in raw)
    if not count:
        return torch.empty(shape, dtype=dtype)
    return torch.frombuffer(bytearray(raw), dtype=torch.uint8).view(dtype).reshape(shape)


states = st.dictionaries(names, tensors(), max_size=6)
metadata = st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=5), names)


def bits(tensor):
    return tensor.dtype, tensor.shape, formats._raw(tensor)


def assert_same(ours, theirs):
    assert {name: bits(t) for name, t in ours.items()} == {
        name: bits(t) for name, t in theirs.items()
    }


def write(folder, content):
    path = folder / "file"
    path.unlink(
        missing_ok=True
    )  # not written over: tensors of the last example may be mapped to it
    path.write_bytes(content)
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("files")


class TestSafetensors:
    @many
    @given(states, st.dictionaries(names, names, max_size=1))
    def test_the_same_bytes_as_the_library(self, state, notes):
        """With two keys of metadata or more, the library's own order changes from run to run."""
        assert safetensors_bytes(state, notes) == safetensors.torch.save(state, notes or None)

    @many
    @given(states, metadata)
    def test_ours_is_read_by_the_library(self, folder, state, notes):
        path = folder / "ours"
        path.unlink(missing_ok=True)
        save_safetensors(state, path, notes)
        assert path.read_bytes() == safetensors_bytes(state, notes)
        assert_same(safetensors.torch.load_file(path), state)
        with safetensors.safe_open(path, "pt") as file:
            assert (file.metadata() or {}) == notes

    @many
    @given(states, metadata)
    def test_the_library_is_read_by_ours(self, folder, state, notes):
        path = folder / "theirs"
        path.unlink(missing_ok=True)
        safetensors.torch.save_file(state, path, notes or None)
        file = SafetensorsFile(path)
        assert file.metadata == notes
        assert len(file) == len(state)
        assert set(file) == set(state)
        assert_same(load_safetensors(path), state)

    def test_the_dtypes_are_all_of_the_library_but_the_packed_one(self):
        theirs = {dtype for dtype in safetensors.torch._SIZE if dtype is not None}
        assert theirs - set(DTYPES.values()) == {torch.float4_e2m1fn_x2}

    def test_reading_copies_nothing_and_writing_to_the_tensor_stays_in_memory(self, tmp_path):
        save_safetensors({"w": torch.zeros(4), "v": torch.ones(2)}, tmp_path / "x")
        file = SafetensorsFile(tmp_path / "x")
        first, second = file["w"], file["w"]
        assert first.data_ptr() == second.data_ptr()
        first += 1
        assert second.tolist() == [1, 1, 1, 1]
        del file
        assert first.sum() == 4
        assert load_safetensors(tmp_path / "x")["w"].tolist() == [0, 0, 0, 0]

    def test_tensors_can_be_saved_to_the_file_they_are_mapped_from(self, tmp_path):
        state = {"w": torch.arange(50_000.0), "v": torch.ones(3)}
        save_safetensors(state, tmp_path / "x")
        loaded = load_safetensors(tmp_path / "x")
        save_safetensors(loaded, tmp_path / "x")
        assert_same(loaded, state)
        assert_same(load_safetensors(tmp_path / "x"), state)
        assert [path.name for path in tmp_path.iterdir()] == ["x"]

    def test_an_unaligned_tensor_of_another_writer(self, tmp_path):
        content = file_of(
            {"a": entry("I8", [1], 0, 1), "b": entry("F32", [1], 1, 5)},
            b"\x07" + torch.tensor([2.5]).numpy().tobytes(),
        )
        loaded = load_safetensors(write(tmp_path, content))
        assert loaded == {"a": torch.tensor([7], dtype=torch.int8), "b": torch.tensor([2.5])}

    def test_unknown_name(self, tmp_path):
        save_safetensors({"w": torch.zeros(1)}, tmp_path / "x")
        with pytest.raises(KeyError, match=r"no tensor 'v'; expected one of \['w'\]"):
            SafetensorsFile(tmp_path / "x")["v"]

    def test_no_such_file(self, tmp_path):
        with pytest.raises(FileNotFoundError):
            SafetensorsFile(tmp_path / "x")

    def test_a_conjugate_is_written_as_its_value(self, tmp_path):
        x = torch.tensor([1 + 2j], dtype=torch.complex64).conj()
        save_safetensors({"x": x}, tmp_path / "x")
        assert load_safetensors(tmp_path / "x")["x"].tolist() == [1 - 2j]

    def test_parameters_and_what_is_on_the_graph(self, tmp_path):
        net = nn.Linear(2, 1)
        save_safetensors({"w": net.weight, "twice": net.weight * 2}, tmp_path / "x")
        assert torch.equal(load_safetensors(tmp_path / "x")["w"], net.weight)


base = torch.arange(6.0)


class TestRefusedToWrite:
    @pytest.mark.parametrize(
        ("state", "message"),
        [
            ({"a": base, "b": base}, "'a' and 'b' share memory"),
            ({"a": base[:4], "z": base[3:]}, "'a' and 'z' share memory"),
            ({"a": base, "b": base[1:2], "c": base[4:5]}, "'a' and 'b' share memory"),
            ({"a": base.view(2, 3).t()}, r"'a'.*contiguous.*strides \(1, 3\)"),
            ({"a": base.to(torch.complex128)}, "'a'.*complex128"),
            ({"a": base.to_sparse()}, "'a'.*dense.*sparse_coo"),
            ({"__metadata__": base}, "another name"),
            ({"\ud800": base}, "surrogates"),
        ],
    )
    def test_as_the_library_does(self, state, message, tmp_path):
        with pytest.raises(ValueError, match=message):
            save_safetensors(state, tmp_path / "x")
        assert not (tmp_path / "x").exists()
        if "__metadata__" not in state:  # which the library writes, and then cannot read
            with pytest.raises(Exception):  # noqa: B017, PT011  # its type differs from case to case
                safetensors.torch.save(state)

    def test_no_data(self):
        with pytest.raises(ValueError, match="meta device"):
            safetensors_bytes({"a": torch.empty(2, device="meta")})

    @pytest.mark.parametrize("value", [1, None, [1.0], "text", {"w": base}])
    def test_what_is_no_tensor(self, value):
        with pytest.raises(TypeError, match=f"'a': expected a tensor, got {type(value).__name__}"):
            safetensors_bytes({"a": value})

    def test_metadata_that_is_no_string(self):
        with pytest.raises(TypeError, match="got 'step': 3"):
            safetensors_bytes({}, {"step": 3})

    def test_a_big_endian_machine(self, monkeypatch):
        monkeypatch.setattr(sys, "byteorder", "big")
        with pytest.raises(RuntimeError, match="little-endian"):
            safetensors_bytes({"a": base})

    def test_parts_of_one_storage_that_do_not_overlap_are_written(self):
        state = {"a": base[:3], "b": base[3:]}
        assert safetensors_bytes(state) == safetensors.torch.save(state)


def entry(dtype, shape, begin, end):
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


def file_of(header, data=b"", length=None):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return (len(text) if length is None else length).to_bytes(8, "little") + text + data


one = b'"dtype":"I8","shape":[1],"data_offsets":[0,1]'

# Which of them the library reads all the same is part of the table.
BAD = {
    "nothing": (b"", "at least 8 bytes, got 0", False),
    "no whole length": (b"abc", "at least 8 bytes, got 3", False),
    "empty header": (file_of(b""), "to start with '{'", False),
    "too large": (file_of(b"{}", length=10**9), "header of 1000000000 bytes, expected", False),
    "cut in the header": (file_of(b"{}", length=9), "but only 2 follow", False),
    "no JSON": (file_of(b"{hello}"), "JSON object", False),
    "a list": (file_of(b"[1]"), "to start with '{'", False),
    "not UTF-8": (file_of(b'{"\xff":{}}'), "UTF-8", False),
    "half a surrogate": (file_of(b'{"\\ud800":{' + one + b"}}", b"1"), "UTF-8", False),
    "deep": (file_of(b'{"a":' + b"[" * 200_000), "JSON object", False),
    "huge number": (file_of(b'{"a":' + b"9" * 5000 + b"}"), "JSON object", False),
    "spaces in front": (file_of(b"  {}"), "to start with '{'", True),
    "a name twice": (file_of(b'{"a":{' + one + b'},"a":{' + one + b"}}", b"1"), "'a' comes", True),
    "a field twice": (file_of(b'{"a":{"dtype":"I8",' + one + b"}}", b"1"), "'dtype' comes", False),
    "no fields": (file_of({"a": 1}), "'a': expected dtype", False),
    "no dtype": (file_of({"a": {"shape": [0], "data_offsets": [0, 0]}}), "dtype None", False),
    "unknown dtype": (file_of({"a": entry("I9", [1], 0, 1)}, b"1"), "dtype 'I9'", False),
    "shape of floats": (file_of({"a": entry("I8", [1.0], 0, 1)}, b"1"), r"shape \[1.0\]", False),
    "shape of truth": (file_of({"a": entry("I8", [True], 0, 1)}, b"1"), r"shape \[True\]", False),
    "negative": (file_of({"a": entry("I8", [-1], 0, 1)}, b"1"), r"shape \[-1\]", False),
    "one offset": (file_of({"a": {**entry("I8", [1], 0, 1), "data_offsets": [0]}}), "data_off", 0),
    "size": (file_of({"a": entry("I8", [3], 0, 2)}, b"12"), "are 2 bytes, I8.*needs 3", False),
    "overflow": (file_of({"a": entry("F32", [2**62, 16], 0, 0)}), "are 0 bytes", False),
    "backwards": (file_of({"a": entry("I8", [1], 1, 0)}, b"12"), "are -1 bytes", False),
    "cut": (file_of({"a": entry("I8", [2], 0, 2)}, b"1"), "end after the data.*1 bytes", False),
    "more": (file_of({"a": entry("I8", [1], 0, 1)}, b"12"), "1 bytes follow", False),
    "hole": (
        file_of({"a": entry("I8", [1], 0, 1), "b": entry("I8", [1], 2, 3)}, b"123"),
        r"'b': data_offsets \[2, 3\] leave a hole, expected to begin at 1",
        False,
    ),
    "overlap": (
        file_of({"a": entry("I8", [2], 0, 2), "b": entry("I8", [2], 1, 3)}, b"123"),
        r"'b': data_offsets \[1, 3\] overlap the tensor before, expected to begin at 2",
        False,
    ),
    "metadata": (file_of({"__metadata__": {"step": 3}}), "got 'step': 3", False),
    "metadata list": (file_of({"__metadata__": []}), "expected an object", False),
}


class TestRefusedToRead:
    @pytest.mark.parametrize(("content", "message", "read"), BAD.values(), ids=BAD)
    def test_bad_files(self, content, message, read, tmp_path):
        path = write(tmp_path, content)
        with pytest.raises(ValueError, match=message) as caught:
            SafetensorsFile(path)
        assert str(path) in str(caught.value)
        if read:
            safetensors.torch.load_file(path)
        else:
            with pytest.raises(safetensors.SafetensorError):
                safetensors.torch.load_file(path)

    @many
    @given(st.data())
    def test_each_cut_is_noticed(self, folder, data):
        whole = safetensors_bytes(data.draw(states), {"a": "b"})
        cut = data.draw(st.integers(0, len(whole) - 1))
        with pytest.raises(ValueError, match="file: "):
            load_safetensors(write(folder, whole[:cut]))

    @settings(many, max_examples=400)
    @given(st.data())
    def test_a_changed_header_is_refused_or_read_as_the_library_reads_it(self, folder, data):
        """Any byte of the header, put in the place of another: no other error, no other tensors."""
        state = {"a": torch.tensor([3], dtype=torch.int8), "b": torch.ones(2, 2)}
        whole = bytearray(safetensors_bytes(state))
        for _ in range(data.draw(st.integers(1, 2))):
            place = data.draw(st.integers(0, len(whole) - 18))
            whole[place] = data.draw(st.sampled_from(sorted(set(whole) | set(b'a9-."{}\\'))))
        path = write(folder, bytes(whole))
        try:
            ours = load_safetensors(path)
        except ValueError:
            return
        assert_same(safetensors.torch.load_file(path), ours)


class Marked:
    """Pickled, it asks for a call of `os.path.join` with a marker."""

    def __reduce__(self):
        return os.path.join, ("a", "b")


class TestZip:
    def test_entries_are_those_of_the_zip_and_the_offsets_find_the_bytes(self, tmp_path):
        x = torch.arange(5.0)
        torch.save({"x": x, "y": torch.ones(3, dtype=torch.int16)}, tmp_path / "a.pt")
        entries = {item.name: item for item in zip_entries(tmp_path / "a.pt")}
        with zipfile.ZipFile(tmp_path / "a.pt") as archive:
            assert [*entries] == [name.split("/", 1)[1] for name in archive.namelist()]
        data = (tmp_path / "a.pt").read_bytes()
        item = entries["data/0"]
        assert data[item.offset : item.offset + item.size] == x.numpy().tobytes()
        assert item.offset % 64 == 0
        assert entries["data/1"].size == 6

    @pytest.mark.parametrize("protocol", [0, 1, 2, 3, 4, 5])
    def test_globals_of_every_protocol(self, protocol, tmp_path):
        value = [OrderedDict(a=1), Marked(), Marked(), {"os": "path"}]
        torch.save(value, tmp_path / "a.pt", pickle_protocol=protocol)
        expected = {"collections.OrderedDict", f"{os.path.__name__}.join"}
        assert set(pickle_globals(tmp_path / "a.pt")) == expected

    @settings(many, max_examples=100)
    @given(st.recursive(st.text(max_size=3), lambda part: st.lists(part, max_size=3)))
    def test_globals_are_what_the_unpickler_looks_up(self, folder, value):
        """The strings around them, repeated ones too, do not lead the reading astray."""
        looked_up = set()

        class Watch(pickle.Unpickler):
            def find_class(self, module, name):
                looked_up.add(f"{module}.{name}")
                return super().find_class(module, name)

        for protocol in (2, 4):
            content = [value, Marked(), value, OrderedDict(b=value)]
            torch.save(content, folder / "g.pt", pickle_protocol=protocol)
            with zipfile.ZipFile(folder / "g.pt") as archive:
                Watch(archive.open("g/data.pkl")).load()
            assert set(pickle_globals(folder / "g.pt")) == looked_up

    def test_a_name_put_together_is_reported_as_computed(self, tmp_path):
        """`getattr` of a module, its name taken from a list: no two strings are pushed in a row."""
        program = b"\x80\x04\x8c\x02os\x94]\x94\x300\x8c\x06system\x93."
        with zipfile.ZipFile(tmp_path / "a.pt", "w") as archive:
            archive.writestr("a/data.pkl", program)
        assert pickle_globals(tmp_path / "a.pt") == ["<computed>"]

    @pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut", pickle.dumps({"w": 1})])
    def test_no_zip(self, content, tmp_path):
        for look in (zip_entries, pickle_globals):
            with pytest.raises(ValueError, match=r"expected the zip of torch.save"):
                look(write(tmp_path, content))

    def test_each_cut_of_a_zip_is_noticed(self, tmp_path):
        torch.save({"w": torch.zeros(3)}, tmp_path / "a.pt")
        whole = (tmp_path / "a.pt").read_bytes()
        for cut in range(0, len(whole), 7):
            with pytest.raises(ValueError, match="zip"):
                zip_entries(write(tmp_path, whole[:cut]))

    def test_a_zip_of_something_else(self, tmp_path):
        with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
            archive.writestr("a/readme", "hello")
        with pytest.raises(ValueError, match=r"expected one data.pkl, got \['a/readme'\]"):
            pickle_globals(tmp_path / "a.zip")

    def test_a_pickle_that_is_cut(self, tmp_path):
        with zipfile.ZipFile(tmp_path / "a.pt", "w") as archive:
            archive.writestr("a/data.pkl", pickle.dumps([1, 2, "three"])[:-3])
        with pytest.raises(ValueError, match="a whole pickle"):
            pickle_globals(tmp_path / "a.pt")


def build(width=3):
    return nn.Sequential(OrderedDict(body=nn.Linear(2, width), norm=nn.BatchNorm1d(width)))


def values(module):
    return {key: value.clone() for key, value in module.state_dict().items()}


class TestLoadMatching:
    def test_a_state_that_fits(self):
        new, old = build(), build()
        report = load_matching(new, old.state_dict())
        assert report.complete
        assert report.loaded == tuple(old.state_dict())
        assert_same(values(new), values(old))

    @given(st.data())
    @settings(many, max_examples=60)
    def test_partial_loading_is_that_of_torch(self, data):
        old = values(build())
        chosen = data.draw(st.sets(st.sampled_from(sorted(old))))
        state = {key: old[key] for key in chosen} | {"other": torch.ones(1)}
        ours, theirs = build(), build()
        theirs.load_state_dict(ours.state_dict())
        report = load_matching(ours, state, strict=False)
        keys = theirs.load_state_dict(state, strict=False)
        filled_in = {"norm.num_batches_tracked"}  # BatchNorm does so for a state without a version
        assert set(report.missing) - filled_in == set(keys.missing_keys) - filled_in
        assert list(report.unexpected) == keys.unexpected_keys == ["other"]
        assert set(report.loaded) == chosen
        assert_same(values(ours), values(theirs))

    def test_strict_names_each_key_and_changes_nothing(self):
        module, state = build(), values(build())
        before = values(module)
        state["body.weight"] = torch.ones(5, 2)
        state["extra"] = state.pop("norm.bias")
        state["norm.num_batches_tracked"] = torch.tensor(1.0)
        with pytest.raises(ValueError, match="the state does not fit") as caught:
            load_matching(module, state)
        for line in [
            "missing: norm.bias",
            "unexpected: extra",
            "body.weight: expected float32 of shape (3, 2) on cpu, got float32 of shape (5, 2) on cpu",
            "tracked: expected int64 of shape () on cpu, got float32 of shape () on cpu",
        ]:
            assert line in str(caught.value)
        assert_same(values(module), before)

    def test_precision_is_cast_only_if_allowed(self):
        old = build().double()
        module = build()
        report = load_matching(module, old.state_dict())
        assert report.cast["body.weight"] == "float64 to float32"
        assert len(report.cast) == 6
        assert torch.equal(module.body.weight, old.body.weight.float())
        with pytest.raises(ValueError, match=r"expected float32 .* got float64"):
            load_matching(module, old.state_dict(), cast=False)

    @pytest.mark.parametrize("value", [3, None, [1.0], torch.ones(2, device="meta")])
    def test_what_cannot_be_copied(self, value):
        module = nn.Linear(1, 2)
        with pytest.raises(ValueError, match=r"bias: expected float32 of shape .2,. on cpu, got "):
            load_matching(module, {"weight": torch.ones(2, 1), "bias": value})

    def test_a_module_without_memory(self):
        with torch.device("meta"):
            module = nn.Linear(1, 2)
        with pytest.raises(
            ValueError, match=r"on meta, got float32 .* on cpu; give the module mem"
        ):
            load_matching(module, nn.Linear(1, 2).state_dict())

    @pytest.mark.parametrize("prefix", ["module.", "_orig_mod.", "module._orig_mod.module."])
    def test_wrappers_come_off(self, prefix):
        old = build()
        state = {prefix + key: value for key, value in old.state_dict().items()}
        module = build()
        assert load_matching(module, state).complete
        assert_same(values(module), values(old))

    def test_a_compiled_module(self):
        old, module = build(), build()
        assert load_matching(module, torch.compile(old, backend="eager").state_dict()).complete

    def test_a_child_that_is_called_module_keeps_its_name(self):
        old, new = (nn.ModuleDict({"module": nn.Linear(1, 1)}) for _ in range(2))
        report = load_matching(new, {f"module.{k}": v for k, v in old.state_dict().items()})
        assert report.renamed == {
            "module.module.weight": "module.weight",
            "module.module.bias": "module.bias",
        }
        assert load_matching(new, old.state_dict()).renamed == {}

    def test_rules_and_mapping(self):
        old = {"layer.0.kernel": torch.ones(3, 2), "layer.0.bias": torch.ones(3)}
        by_rule, by_name = nn.ModuleList([nn.Linear(2, 3)]), nn.ModuleList([nn.Linear(2, 3)])
        load_matching(by_rule, old, rename=[(r"^layer\.", ""), (r"kernel$", "weight")])
        names = {"layer.0.kernel": "0.weight", "layer.0.bias": "0.bias"}
        assert load_matching(by_name, old, rename=names).renamed == names
        assert_same(values(by_rule), values(by_name))

    def test_a_name_to_rename_that_is_not_there(self):
        with pytest.raises(ValueError, match=r"rename: \['kernel'\] are not in the state"):
            load_matching(nn.Linear(1, 1), {}, rename={"kernel": "weight"}, strict=False)

    def test_two_names_that_become_one(self):
        state = {"weight": torch.ones(1, 1), "module.weight": torch.zeros(1, 1)}
        module = nn.Linear(1, 1, bias=False)
        with pytest.raises(ValueError, match=r"'weight' and 'module.weight' both become 'weight'"):
            load_matching(module, state, strict=False)

    def test_a_tied_weight_needs_one_of_its_names(self):
        tied = nn.ModuleDict({"a": nn.Linear(2, 2, bias=False), "b": nn.Linear(2, 2, bias=False)})
        tied["b"].weight = tied["a"].weight
        report = load_matching(tied, {"b.weight": torch.ones(2, 2)})
        assert report.loaded == ("a.weight", "b.weight")
        assert tied["a"].weight.sum() == 4

    def test_extra_state_goes_to_its_module(self):
        class Counter(nn.Module):
            seen = 0

            def get_extra_state(self):
                return {"seen": self.seen}

            def set_extra_state(self, state):
                self.seen = state["seen"]

        old, new = Counter(), Counter()
        old.seen = 7
        assert load_matching(new, old.state_dict()).loaded == ("_extra_state",)
        assert new.seen == 7

    def test_a_file_of_either_format(self, tmp_path):
        old = build()
        torch.save(old.state_dict(), tmp_path / "a.pt")
        save_safetensors(old.state_dict(), tmp_path / "a.safetensors")
        for state in (
            torch.load(tmp_path / "a.pt"),
            load_safetensors(tmp_path / "a.safetensors"),
        ):
            module = build()
            load_matching(module, state)
            assert_same(values(module), values(old))
