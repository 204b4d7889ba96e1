"""`reference_impl.saving.sharding` against safetensors and huggingface_hub, and what it refuses."""

import json
import shutil

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file

from reference_impl.saving import sharding
from reference_impl.saving.sharding import (
    INDEX_NAME,
    ShardedCheckpoint,
    save_sharded,
    split_by_bytes,
)

huggingface_hub = pytest.importorskip(
    "huggingface_hub", reason="comes with the extra 'datasets': pip install 'class-logs[datasets]'"
)

some = settings(max_examples=60, deadline=None)
dtypes = st.sampled_from(
    [torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.uint8, torch.bool]
)
shapes = st.lists(st.integers(0, 4), max_size=3)


@st.composite
def state_dicts(draw):
    names = draw(st.lists(st.text("ab.", min_size=1, max_size=6), min_size=1, unique=True))
    make = torch.Generator().manual_seed(draw(st.integers(0, 99)))
    return {
        name: torch.randint(0, 2, draw(shapes), generator=make).to(draw(dtypes)) for name in names
    }


def assert_equal(ours, theirs):
    assert list(ours) == list(theirs)
    for key, tensor in theirs.items():
        assert ours[key].dtype == tensor.dtype
        assert torch.equal(ours[key], tensor)


def small():
    torch.manual_seed(0)
    return {"a": torch.randn(4), "b": torch.randn(2, 3), "c": torch.randn(5), "d": torch.randn(1)}


@some
@given(
    # It takes all empty tensors for one shared one: sizes from 1.
    sizes=st.dictionaries(st.text(min_size=1, max_size=3), st.integers(1, 20), min_size=1),
    budget=st.integers(1, 25),
)
def test_the_split_is_that_of_huggingface_hub(sizes, budget):
    state = {key: torch.zeros(size, dtype=torch.uint8) for key, size in sizes.items()}
    theirs = huggingface_hub.split_torch_state_dict_into_shards(state, max_shard_size=budget)
    assert split_by_bytes(sizes, budget) == list(theirs.filename_to_tensors.values())


@some
@given(sizes=st.dictionaries(st.text(max_size=3), st.integers(0, 20)), budget=st.integers(1, 25))
def test_the_split_keeps_every_key_once_and_the_budget_where_it_can(sizes, budget):
    shards = split_by_bytes(sizes, budget)
    assert sorted(key for shard in shards for key in shard) == sorted(sizes)
    assert all(shard for shard in shards)
    for shard in shards:
        assert sum(sizes[key] for key in shard) <= budget or len(shard) == 1


@pytest.mark.parametrize(("sizes", "budget"), [({"a": 1}, 0), ({"a": -1}, 4)])
def test_a_split_of_no_bytes_is_refused(sizes, budget):
    with pytest.raises(ValueError, match=r"expected sizes >= 0 and a budget >= 1, got"):
        split_by_bytes(sizes, budget)


@some
@given(state=state_dicts(), budget=st.integers(1, 200), data=st.data())
def test_a_round_trip_gives_back_all_or_some(tmp_path_factory, state, budget, data):
    folder = tmp_path_factory.mktemp("shards")
    index = json.loads(save_sharded(state, folder, budget).read_text())
    checkpoint = ShardedCheckpoint(folder)
    assert_equal(checkpoint.load(), state)
    assert checkpoint.total_size == sum(tensor.nbytes for tensor in state.values())

    checkpoint.opened.clear()
    keys = data.draw(st.lists(st.sampled_from(list(state)), unique=True))
    assert_equal(checkpoint.load(keys), {key: state[key] for key in keys})
    assert sorted(checkpoint.opened) == sorted({index["weight_map"][key] for key in keys})

    targets = {key: torch.full_like(state[key], 1) for key in keys}
    checkpoint.load_into(targets)
    assert_equal(targets, {key: state[key] for key in keys})

    by_library = {}
    for name in set(index["weight_map"].values()):
        by_library |= load_file(folder / name)
    assert_equal({key: by_library[key] for key in state}, state)
    shutil.rmtree(folder)


@pytest.mark.parametrize("budget", [1, 30, 40, 60])
def test_index_and_shards_are_those_of_huggingface_hub(tmp_path, budget):
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    theirs.mkdir()
    save_sharded(small(), ours, budget)
    huggingface_hub.save_torch_state_dict(small(), theirs, max_shard_size=budget)
    index = json.loads((ours / INDEX_NAME).read_text())
    assert index == json.loads((theirs / INDEX_NAME).read_text())
    for name in set(index["weight_map"].values()):
        assert (ours / name).read_bytes() == (theirs / name).read_bytes()


def tied():
    state = small()
    return state | {"tied": state["b"], "turned": state["b"].t(), "part": state["c"][1:3]}


def test_tied_weights_are_written_once_and_come_back_tied(tmp_path):
    save_sharded(tied(), tmp_path, 30)
    checkpoint = ShardedCheckpoint(tmp_path)
    loaded = checkpoint.load()
    for key, tensor in tied().items():
        assert torch.equal(loaded[key], tensor)
    assert loaded["tied"] is loaded["b"]
    assert "tied" not in json.loads((tmp_path / INDEX_NAME).read_text())["weight_map"]
    assert checkpoint.load(["tied"])["tied"].equal(tied()["b"])
    target = {"tied": torch.zeros(2, 3)}
    checkpoint.load_into(target)
    assert torch.equal(target["tied"], tied()["b"])


def test_tied_weights_written_by_huggingface_hub_come_back_tied(tmp_path):
    state = small()
    state["tied"] = state["b"]
    huggingface_hub.save_torch_state_dict(dict(state), tmp_path, max_shard_size=30)
    loaded = ShardedCheckpoint(tmp_path).load()
    assert set(loaded) == set(state)
    assert loaded["tied"] is loaded["b"]
    assert all(torch.equal(loaded[key], state[key]) for key in state)


def test_tied_weights_written_here_are_read_by_huggingface_hub(tmp_path):
    model = torch.nn.Sequential(torch.nn.Linear(3, 3), torch.nn.Linear(3, 3))
    model[1].weight = model[0].weight
    save_sharded(model.state_dict(), tmp_path, 30)
    other = torch.nn.Sequential(torch.nn.Linear(3, 3), torch.nn.Linear(3, 3))
    other[1].weight = other[0].weight
    huggingface_hub.load_torch_model(other, tmp_path, strict=False)
    assert all(torch.equal(v, other.state_dict()[k]) for k, v in model.state_dict().items())


def test_lazy_conjugates_are_written_with_their_values(tmp_path):
    z = torch.tensor([1 + 2j, 3 - 1j])
    save_sharded({"z": z, "conj": z.conj()}, tmp_path, 100)
    loaded = ShardedCheckpoint(tmp_path).load()
    assert loaded["z"].equal(z)
    assert loaded["conj"].equal(z.conj().resolve_conj())


def test_load_into_casts_and_writes_parameters(tmp_path):
    save_sharded(small(), tmp_path, 30)
    target = torch.nn.Parameter(torch.zeros(4, dtype=torch.float64))
    ShardedCheckpoint(tmp_path).load_into({"a": target})
    assert torch.equal(target.detach(), small()["a"].double())


def test_load_into_of_a_wrong_shape_writes_nothing(tmp_path):
    save_sharded(small(), tmp_path, 1)
    targets = {"a": torch.zeros(4), "b": torch.zeros(3, 2)}
    with pytest.raises(ValueError, match=r"b: expected shape \(3, 2\), model-00002.* holds \(2, 3"):
        ShardedCheckpoint(tmp_path).load_into(targets)
    assert not targets["a"].any()


@pytest.mark.parametrize(
    ("state", "error", "message"),
    [
        ({}, ValueError, "at least one tensor"),
        ({"a": 3}, TypeError, "a tensor under 'a', got int"),
        ({"a": torch.ones(2, device="meta")}, ValueError, "a dense tensor with data under 'a'"),
        ({"a": torch.eye(2).to_sparse()}, ValueError, "layout torch.sparse_coo"),
    ],
)
def test_what_can_not_be_saved_is_refused_and_leaves_nothing(tmp_path, state, error, message):
    with pytest.raises(error, match=message):
        save_sharded(state, tmp_path / "new", 10)
    assert not (tmp_path / "new").exists()


def test_a_key_that_is_no_string_is_refused():
    # beartype, on in tests, would speak first: the check itself is called.
    with pytest.raises(TypeError, match="keys that are strings, got int 0"):
        sharding._without_aliases({0: torch.ones(1)})


def test_a_folder_that_holds_a_checkpoint_is_not_overwritten(tmp_path):
    save_sharded(small(), tmp_path, 30)
    with pytest.raises(FileExistsError, match="expected a folder without"):
        save_sharded({"a": torch.zeros(4)}, tmp_path, 30)
    assert_equal(ShardedCheckpoint(tmp_path).load(), small())


def test_a_save_that_was_cut_off_is_no_checkpoint(tmp_path):
    save_sharded(small(), tmp_path, 30).unlink()
    with pytest.raises(FileNotFoundError, match="no sharded checkpoint, or a save cut short"):
        ShardedCheckpoint(tmp_path)
    save_sharded(small(), tmp_path, 30)
    assert_equal(ShardedCheckpoint(tmp_path).load(), small())


def test_a_missing_shard_is_named_and_the_others_still_load(tmp_path):
    save_sharded(small(), tmp_path, 30)
    checkpoint = ShardedCheckpoint(tmp_path)
    (tmp_path / checkpoint.weight_map["b"]).unlink()
    with pytest.raises(FileNotFoundError, match=r"model-00002-of-00003.safetensors is missing .*b"):
        checkpoint.load()
    assert_equal(checkpoint.load(["a"]), {"a": small()["a"]})


def test_a_key_in_no_shard_is_named_with_its_neighbours(tmp_path):
    save_sharded({"layer.0.weight": torch.ones(2)}, tmp_path, 30)
    with pytest.raises(KeyError, match=r"'layer.0.wieght' lies in no shard; .*'layer.0.weight'"):
        ShardedCheckpoint(tmp_path).load(["layer.0.wieght"])


@pytest.mark.parametrize("keep", [0, 4, 40, -1])
def test_a_truncated_shard_is_refused(tmp_path, keep):
    save_sharded(small(), tmp_path, 30)
    checkpoint = ShardedCheckpoint(tmp_path)
    shard = tmp_path / checkpoint.weight_map["a"]
    shard.write_bytes(shard.read_bytes()[:keep])
    with pytest.raises(ValueError, match=r"shard model-00001-of-00003\.safetensors is damaged"):
        checkpoint.load(["a"])


def test_a_shard_of_another_checkpoint_is_noticed(tmp_path):
    save_sharded(small(), tmp_path, 30)
    checkpoint = ShardedCheckpoint(tmp_path)
    save_file({"other": torch.ones(1)}, tmp_path / checkpoint.weight_map["a"])
    with pytest.raises(ValueError, match=r"the index puts \['a'\] in model-00001.*not in there"):
        checkpoint.load(["a"])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is no JSON"),
        ("[]", "has no weight_map"),
        ('{"weight_map": {"a": 1}}', "has no weight_map"),
        ('{"weight_map": {"a": "../a.safetensors"}}', "expected a file in the same folder"),
        ('{"weight_map": {"a": "..\\\\a.safetensors"}}', "expected a file in the same folder"),
        ('{"weight_map": {"a": "/etc/passwd"}}', "expected a file in the same folder"),
    ],
)
def test_a_damaged_index_is_refused(tmp_path, text, message):
    (tmp_path / INDEX_NAME).write_text(text)
    with pytest.raises(ValueError, match=message):
        ShardedCheckpoint(tmp_path)


@pytest.mark.parametrize(
    "metadata", ["", ', "metadata": null', ', "metadata": {"total_size": "?"}']
)
def test_an_index_that_says_nothing_of_the_size_is_read(tmp_path, metadata):
    (tmp_path / INDEX_NAME).write_text('{"weight_map": {"a": "s.safetensors"}' + metadata + "}")
    save_file({"a": torch.ones(2)}, tmp_path / "s.safetensors")
    checkpoint = ShardedCheckpoint(tmp_path)
    assert checkpoint.total_size is None
    assert_equal(checkpoint.load(), {"a": torch.ones(2)})


def test_a_second_name_that_hides_the_size_is_refused(tmp_path):
    tensor = torch.ones(2)
    with pytest.raises(ValueError, match="no second name 'total_size'"):
        save_sharded({"a": tensor, "total_size": tensor}, tmp_path, 10)
