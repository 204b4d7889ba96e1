"""`reference_impl.data.token_file`: what is written is read back, and nothing else is accepted."""

import errno
import pickle
import resource
import struct
import subprocess
import sys
import textwrap
import zlib

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from reference_impl.data import (
    DataLoader,
    TokenFile,
    TokenFileError,
    TokenFileWriter,
    write_token_file,
)
from reference_impl.data.token_file import DTYPES, HEADER

LIMITS = {name: int(np.iinfo(name).max) for name in DTYPES.values()}


@st.composite
def contents(draw):
    dtype = draw(st.sampled_from(sorted(LIMITS)))
    document = st.lists(st.integers(0, LIMITS[dtype]), max_size=9)
    return dtype, draw(st.lists(document, max_size=7))


@settings(deadline=None, max_examples=80)
@given(content=contents(), kind=st.sampled_from([list, tuple, np.array, torch.tensor]))
def test_what_is_written_is_read(tmp_path_factory, content, kind):
    dtype, documents = content
    path = tmp_path_factory.mktemp("tokens") / "tokens.bin"
    write_token_file(path, (kind(document) for document in documents), dtype)
    tokens = TokenFile(path, dtype=dtype, verify=True)
    flat = [token for document in documents for token in document]
    assert (len(tokens), tokens.documents) == (len(flat), len(documents))
    assert tokens[:].tolist() == flat
    assert [tokens.document(d).tolist() for d in range(len(documents))] == documents
    assert str(tokens.tokens.dtype) == f"torch.{dtype}"
    assert [path.name for path in path.parent.iterdir()] == ["tokens.bin"]


@pytest.fixture
def small(tmp_path):
    path = tmp_path / "tokens.bin"
    write_token_file(path, [[1, 2, 3], [], [65535]])
    return path


def test_every_truncation_is_refused(small):
    whole = small.read_bytes()
    for size in range(len(whole)):
        small.write_bytes(whole[:size])
        with pytest.raises(TokenFileError, match=r"is truncated|is not a token file"):
            TokenFile(small)
    small.write_bytes(whole + b"\0")
    with pytest.raises(TokenFileError, match="has bytes that do not belong to it"):
        TokenFile(small)


def test_every_flipped_byte_is_refused(small):
    whole = small.read_bytes()
    for place in range(len(whole)):
        small.write_bytes(whole[:place] + bytes([whole[place] ^ 0x40]) + whole[place + 1 :])
        with pytest.raises(TokenFileError, match=r"damaged|not a token file"):
            TokenFile(small, verify=True)
        if place < HEADER.size:
            with pytest.raises(TokenFileError, match=r"damaged|not a token file"):
                TokenFile(small)


def test_foreign_files_are_refused(tmp_path):
    path = tmp_path / "model.pt"
    torch.save({"w": torch.ones(2)}, path)
    with pytest.raises(TokenFileError, match="is not a token file: expected it to begin with"):
        TokenFile(path)
    with pytest.raises(FileNotFoundError):
        TokenFile(tmp_path / "nothing.bin")


@pytest.mark.parametrize("field", [(1, 2), (2, 9)])
def test_a_newer_version_is_refused(small, field):
    whole = small.read_bytes()
    fields = list(HEADER.unpack(whole[: HEADER.size]))
    fields[field[0]] = field[1]
    header = HEADER.pack(*fields)[:-4]
    small.write_bytes(header + struct.pack("<I", zlib.crc32(header)) + whole[HEADER.size :])
    with pytest.raises(TokenFileError, match="needs a newer reader: expected version 1"):
        TokenFile(small)


def test_a_wrong_dtype_is_refused(small):
    with pytest.raises(TokenFileError, match="another dtype: expected int32, got uint16"):
        TokenFile(small, dtype="int32")


@pytest.mark.parametrize(
    ("document", "dtype", "kind", "words"),
    [
        ([1, 65536], "uint16", ValueError, "token 1 of document 1 does not fit uint16: .*65536"),
        ([-1], "int64", ValueError, "expected 0 to 9223372036854775807, got -1"),
        ([300], "uint8", ValueError, "expected 0 to 255, got 300"),
        ([1.5], "uint16", TypeError, "must hold integers, got float64"),
        ([True], "uint16", TypeError, "must hold integers, got bool"),
        ([2**70], "int64", TypeError, "must hold integers, got object"),
        ([[1], [2]], "uint16", ValueError, r"one dimension, got shape \(2, 1\)"),
        (["a"], "uint16", TypeError, "must hold integers"),
    ],
)
def test_a_bad_document_leaves_the_old_file(tmp_path, document, dtype, kind, words):
    path = tmp_path / "tokens.bin"
    write_token_file(path, [[7]], dtype)
    with pytest.raises(kind, match=words):
        write_token_file(path, [[1], document], dtype)
    assert TokenFile(path, verify=True)[:].tolist() == [7]
    assert list(tmp_path.iterdir()) == [path]


def test_an_unknown_dtype(tmp_path):
    with pytest.raises(ValueError, match=r"dtype must be one of .* got 'float32'"):
        TokenFileWriter(tmp_path / "tokens.bin", "float32")
    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_write_leaves_the_old_file(tmp_path):
    path = tmp_path / "tokens.bin"
    write_token_file(path, [[7]])

    def documents():
        yield [1]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_token_file(path, documents())
    assert TokenFile(path, verify=True)[:].tolist() == [7]
    assert list(tmp_path.iterdir()) == [path]


WRITE = textwrap.dedent("""
    import os, resource, signal, sys
    from reference_impl.data import TokenFile, write_token_file
    path, limit = sys.argv[1], int(sys.argv[2])
    if limit:  # the kernel refuses to let a file grow beyond it
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    else:
        write_token_file(path, [[7]])
    try:
        write_token_file(path, ([1] * 5000 for _ in range(int(sys.argv[3]))))
    except OSError as error:
        print(error.errno, error)
    print(TokenFile(path, verify=True)[:].tolist(), os.listdir(os.path.dirname(path)))
""")


@pytest.mark.parametrize("documents", [1, 200])  # too large at the end, and on the way
def test_a_file_that_cannot_grow_leaves_the_old_one(tmp_path, documents):
    path = tmp_path / "tokens.bin"
    write_token_file(path, [[7]])
    done = subprocess.run(
        [sys.executable, "-c", WRITE, path, "4096", str(documents)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    failed, kept = done.stdout.splitlines()
    assert failed.startswith(str(errno.EFBIG))
    assert "the token file was not written; what was there before is kept" in failed
    assert kept == "[7] ['tokens.bin']"


def can_mount():
    done = subprocess.run(
        ["unshare", "-rm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"],
        capture_output=True,
        check=False,
    )
    return done.returncode == 0


def test_a_full_disk_leaves_the_old_file():
    if not can_mount():
        pytest.skip("no right to mount a small file system here; the limit on file size stands in")
    shell = 'mount -t tmpfs -o size=64k tmpfs /mnt && "$0" -c "$1" /mnt/tokens.bin 0 200'
    done = subprocess.run(
        ["unshare", "-rm", "sh", "-c", shell, sys.executable, WRITE],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    failed, kept = done.stdout.splitlines()
    assert failed.startswith(str(errno.ENOSPC))
    assert kept == "[7] ['tokens.bin']"


def test_slices_are_views_and_the_file_is_never_written(small):
    tokens = TokenFile(small)
    assert tokens[1:3].data_ptr() == tokens.tokens.data_ptr() + 2
    assert tokens.document(0).data_ptr() == tokens.tokens.data_ptr()
    tokens[0:1].fill_(9)
    assert tokens[:2].tolist() == [9, 2]
    assert TokenFile(small, verify=True)[:2].tolist() == [1, 2]


def test_places_outside(small):
    tokens = TokenFile(small)
    for number in (-1, 3):
        with pytest.raises(IndexError, match=f"document must be from 0 to 2, got {number}"):
            tokens.document(number)
    with pytest.raises(TypeError, match="expected a slice of tokens, got int"):
        tokens[0]


def test_a_new_file_does_not_disturb_those_who_read_the_old_one(small):
    tokens = TokenFile(small)
    write_token_file(small, [[4]])
    assert tokens[:3].tolist() == [1, 2, 3]
    assert TokenFile(small)[:].tolist() == [4]


def test_of_two_writers_of_one_file_the_last_wins_whole(tmp_path):
    path = tmp_path / "tokens.bin"
    first, last = TokenFileWriter(path), TokenFileWriter(path)
    first.append([1] * 5)
    last.append([2] * 3)
    first.close()
    assert TokenFile(path, verify=True)[:].tolist() == [1] * 5
    last.close()
    assert TokenFile(path, verify=True)[:].tolist() == [2] * 3
    assert [file.name for file in tmp_path.iterdir()] == ["tokens.bin"]


def test_it_is_pickled_by_its_name(tmp_path):
    path = tmp_path / "tokens.bin"
    write_token_file(path, [range(50_000)])
    pickled = pickle.dumps(TokenFile(path))
    assert len(pickled) < 1000
    assert pickle.loads(pickled)[-1:].tolist() == [49_999]


class Blocks:
    def __init__(self, path):
        self.tokens = TokenFile(path)

    def __len__(self):
        return len(self.tokens) // 4

    def __getitem__(self, index):
        return self.tokens[4 * index : 4 * index + 4].long()


@pytest.mark.parametrize("start", ["fork", "spawn"])
def test_workers_read_it(tmp_path, start):
    path = tmp_path / "tokens.bin"
    write_token_file(path, [range(40)])
    loader = DataLoader(Blocks(path), 3, num_workers=1, multiprocessing_context=start)
    assert torch.cat(list(loader)).flatten().tolist() == list(range(40))


def test_opening_reads_no_tokens(tmp_path):
    path = tmp_path / "tokens.bin"
    write_token_file(path, [np.zeros(8_000_000, dtype=np.uint16)])
    page = resource.getpagesize()
    before = resident(path)
    tokens = TokenFile(path)
    opened = resident(path)
    int(tokens[4_000_000:4_000_001])
    touched = resident(path)
    tokens.tokens.sum()
    assert before == 0
    assert opened <= 2 * page
    assert opened < touched < 16_000_000 / 4
    assert resident(path) >= 16_000_000


def resident(path):
    """Bytes of this process's memory that hold pages of the file."""
    total, ours = 0, False
    with open("/proc/self/smaps") as file:  # noqa: PTH123 - not a file one could copy
        for line in file:
            if "-" in line.split()[0]:
                ours = line.rstrip().endswith(str(path))
            elif ours and line.startswith("Rss:"):
                total += 1024 * int(line.split()[1])
    return total
