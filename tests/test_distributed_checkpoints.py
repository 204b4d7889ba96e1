"""Checkpoints of several ranks: any cut to any other, as torch.distributed.checkpoint, and errors on all ranks."""

import itertools
import json

import pytest
import torch
import torch.distributed.checkpoint as dcp
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.tensor import DTensor, Partial, Replicate, Shard, distribute_tensor

from reference_impl.distributed import (
    Piece,
    RankError,
    load_pieces,
    local_piece,
    overlap,
    run_ranks,
    save_pieces,
)

FULL = {
    "weight": torch.arange(35.0).reshape(5, 7),
    "deep": torch.randn(3, 2, 4, generator=torch.Generator().manual_seed(0)).bfloat16(),
    "bias": torch.arange(2),
    "scalar": torch.tensor(3.5),
}
CUTS = [(1, "rows"), (2, "rows"), (4, "rows"), (2, "columns"), (3, "columns"), (2, "copies")]


def cut(world_size, how, full=FULL):
    mesh = init_device_mesh("cpu", (world_size,))

    def one(value):
        dim = {"rows": 0, "columns": value.dim() - 1, "copies": None}[how]
        whole = dim is None or value.dim() == 0
        return distribute_tensor(value, mesh, [Replicate() if whole else Shard(dim)])

    return {key: one(value) for key, value in full.items()}


def save(rank, world_size, how, folder):
    save_pieces(cut(world_size, how), folder)


def load(rank, world_size, how, folder):
    targets = cut(world_size, how, {key: torch.zeros_like(value) for key, value in FULL.items()})
    load_pieces(targets, folder)
    return {key: value.full_tensor() for key, value in targets.items()}


@pytest.mark.parametrize("saved", CUTS, ids=str)
def test_any_cut_loads_as_any_other(tmp_path, saved):
    run_ranks(save, saved[0], *saved, tmp_path / "step")
    for wanted in CUTS:
        for state in run_ranks(load, wanted[0], *wanted, tmp_path / "step"):
            for key, value in FULL.items():
                assert torch.equal(state[key], value), (wanted, key)


def test_torch_loads_the_same_pieces(tmp_path):
    def both(rank):
        state = cut(3, "rows")
        dcp.save(state, checkpoint_id=tmp_path / "theirs")
        save_pieces(state, tmp_path / "ours")

    def compare(rank):
        theirs, ours = (
            cut(2, "columns", {k: torch.zeros_like(v) for k, v in FULL.items()}) for _ in "ab"
        )
        dcp.load(theirs, checkpoint_id=tmp_path / "theirs")
        load_pieces(ours, tmp_path / "ours")
        return all(torch.equal(theirs[key].to_local(), ours[key].to_local()) for key in FULL)

    run_ranks(both, 3)
    assert run_ranks(compare, 2) == [True, True]


def test_offsets_are_those_that_torch_saves(tmp_path):
    def work(rank):
        state = cut(4, "rows")
        dcp.save(state, checkpoint_id=tmp_path)
        return {key: local_piece(value)[0] for key, value in state.items()}

    ours = run_ranks(work, 4)
    metadata = dcp.FileSystemReader(tmp_path).read_metadata()
    for key in ("weight", "deep", "bias"):
        chunks = metadata.state_dict_metadata[key].chunks
        theirs = {(tuple(chunk.offsets), tuple(chunk.sizes)) for chunk in chunks}
        assert {tuple(found[key]) for found in ours} == theirs


def test_each_piece_is_written_once_and_only_needed_files_are_opened(tmp_path):
    run_ranks(save, 4, 4, "rows", tmp_path)
    index = json.loads((tmp_path / "pieces.json").read_text())
    assert [piece["offset"] for piece in index["weight"]["pieces"]] == [[0, 0], [2, 0], [4, 0]]
    assert [piece["file"] for piece in index["scalar"]["pieces"]] == ["rank-0-of-4.safetensors"]

    def opened(rank):
        target = distribute_tensor(torch.zeros(5, 7), init_device_mesh("cpu", (2,)), [Shard(0)])
        return load_pieces({"weight": target}, tmp_path)

    files = [f"rank-{rank}-of-4.safetensors" for rank in range(3)]
    assert run_ranks(opened, 2) == [files[:2], files[1:]]


def test_overlap_is_what_index_sets_share():
    blocks = [
        Piece((a, c), (b, d)) for a, b, c, d in itertools.product((0, 2), (1, 3), (0, 1), (0, 2))
    ]
    for one, other in itertools.product(blocks, blocks):

        def cells(piece):
            return {
                (piece.offset[0] + i, piece.offset[1] + j)
                for i in range(piece.shape[0])
                for j in range(piece.shape[1])
            }

        common, found = cells(one) & cells(other), overlap(one, other)
        assert (found is None) == (not common)
        for piece, slices in zip((one, other), found or (), strict=False):
            rows, columns = (range(n)[s] for n, s in zip(piece.shape, slices, strict=True))
            assert {
                (piece.offset[0] + i, piece.offset[1] + j) for i in rows for j in columns
            } == common


def test_values_are_cast_and_tensors_with_grad_are_filled(tmp_path):
    def work(rank):
        save_pieces({"w": torch.tensor([1.5, 2.0])}, tmp_path)
        target = torch.zeros(2, dtype=torch.float64, requires_grad=True)
        load_pieces({"w": target}, tmp_path)
        return target.tolist()

    assert run_ranks(work, 2) == [[1.5, 2.0]] * 2


@pytest.mark.parametrize(
    ("targets", "message"),
    [
        ({"wieght": torch.zeros(5, 7)}, r"expected 'wieght' among the keys, got \['bias', "),
        ({"weight": torch.zeros(5, 6)}, r"weight: expected shape \(5, 6\), step holds \(5, 7\)"),
    ],
)
def test_what_does_not_fit_is_said_on_every_rank(tmp_path, targets, message):
    run_ranks(save, 2, 2, "rows", tmp_path / "step")
    with pytest.raises(RankError, match=r"ranks 0, 1, 2 of 3: ValueError: rank 0: " + message):
        run_ranks(lambda rank: load_pieces(targets, tmp_path / "step"), 3)


def test_a_wrong_key_on_one_rank_fails_all_and_copies_nothing(tmp_path):
    run_ranks(save, 2, 2, "rows", tmp_path)

    def work(rank):
        good = {"weight": torch.zeros(5, 7)}
        try:
            load_pieces(good if rank == 0 else {"nope": torch.zeros(1)}, tmp_path)
        except ValueError as error:
            return str(error)[:30], good["weight"].abs().sum().item()

    assert run_ranks(work, 2) == [("rank 1: expected 'nope' among ", 0.0)] * 2


def test_lost_and_damaged_files_and_a_cut_off_save(tmp_path):
    run_ranks(save, 2, 2, "rows", tmp_path)
    lost = tmp_path / "rank-1-of-2.safetensors"
    content = lost.read_bytes()
    lost.write_bytes(content[:20])
    with pytest.raises(RankError, match=r"ranks 0, 1 of 2: .*rank-1-of-2\.safetensors is damaged"):
        run_ranks(load, 2, 2, "rows", tmp_path)
    lost.unlink()
    with pytest.raises(RankError, match=r"rank-1-of-2\.safetensors is missing from .* 'weight'"):
        run_ranks(load, 2, 2, "rows", tmp_path)
    (tmp_path / "pieces.json").unlink()
    with pytest.raises(RankError, match=r"no pieces\.json in .*: no checkpoint, or a save cut"):
        run_ranks(load, 2, 2, "rows", tmp_path)


def test_saving_refuses_on_every_rank(tmp_path):
    cases = [
        (lambda rank: {"a": 1}, "expected a tensor under 'a', got int"),
        (
            lambda rank: {"a": torch.ones(1)} | ({"b": torch.ones(1)} if rank else {}),
            r"the same keys on every rank, got \['b'\]",
        ),
    ]
    for number, (state, message) in enumerate(cases):
        with pytest.raises(RankError, match=rf"ranks 0, 1 of 2: .*{message}"):
            run_ranks(lambda rank: save_pieces(state(rank), tmp_path / str(number)), 2)  # noqa: B023  # run at once
        assert not (tmp_path / str(number) / "pieces.json").exists()
    run_ranks(save, 2, 2, "rows", tmp_path / "there")
    with pytest.raises(
        RankError, match=r"ranks 0, 1 of 2: .*expected a folder without pieces\.json"
    ):
        run_ranks(save, 2, 2, "rows", tmp_path / "there")


def test_tensors_that_share_memory_are_an_error_on_all_ranks(tmp_path):
    def work(rank):
        shared = torch.ones(2)
        save_pieces({"a": shared, "b": shared}, tmp_path)

    with pytest.raises(
        RankError, match=r"ranks 0, 1 of 2: ValueError: rank 0:\s+Some tensors share memory"
    ):
        run_ranks(work, 2, timeout=20.0)


def test_a_full_disk_on_one_rank_is_an_error_on_all(tmp_path):
    def work(rank):
        folder = tmp_path / "here"
        if rank == 1:  # what rank 1 is to write is a folder already
            (folder / "rank-1-of-2.safetensors").mkdir(parents=True)
        save_pieces(cut(2, "rows"), folder)

    with pytest.raises(RankError, match="ranks 0, 1 of 2: ValueError: rank 1: "):
        run_ranks(work, 2)
    assert not (tmp_path / "here" / "pieces.json").exists()


def test_meshes_and_sums_that_are_not_supported(tmp_path):
    def two_dimensions(rank):
        mesh = init_device_mesh("cpu", (2, 1))
        local_piece(distribute_tensor(torch.zeros(4), mesh, [Shard(0), Replicate()]))

    def partial_sum(rank):
        local_piece(DTensor.from_local(torch.zeros(4), init_device_mesh("cpu", (2,)), [Partial()]))

    for work in (two_dimensions, partial_sum):
        with pytest.raises(RankError, match="expected a DTensor on a mesh of one dimension"):
            run_ranks(work, 2)


def test_an_index_that_leads_out_of_the_folder_is_refused(tmp_path):
    run_ranks(save, 1, 1, "rows", tmp_path)
    index = json.loads((tmp_path / "pieces.json").read_text())
    index["bias"]["pieces"][0]["file"] = "../elsewhere"
    (tmp_path / "pieces.json").write_text(json.dumps(index))
    with pytest.raises(RankError, match=r"names '\.\./elsewhere': expected a file in the same"):
        run_ranks(load, 1, 1, "rows", tmp_path)
