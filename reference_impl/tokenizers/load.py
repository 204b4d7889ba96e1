"""Byte-level BPE in files: `tokenizer.json`, and GPT-2's pair `vocab.json` and `merges.txt`.

`tokenizer.json` can describe more than `BytePairEncoding` does. What would change a result is
refused, with the name of the setting: a tokenizer that is almost right is wrong without a word.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from reference_impl.tokenizers.bpe import BytePairEncoding

__all__ = ["load_bpe", "load_gpt2_files", "save_bpe", "save_gpt2_files"]

VERSION_LINE = "#version: 0.2"
BYTE_LEVEL = {"type": "ByteLevel", "add_prefix_space": False, "use_regex": True}
PLAIN_MODEL = {
    "type": "BPE",
    "dropout": None,
    "continuing_subword_prefix": None,
    "end_of_word_suffix": None,
    "fuse_unk": False,
    "byte_fallback": False,
    "ignore_merges": False,
}
PLAIN_TOKEN = {"special": True, "single_word": False, "lstrip": False, "rstrip": False}


def load_bpe(path: str | Path) -> BytePairEncoding:
    """Reads a `tokenizer.json` whose model is BPE over bytes, cut into words as GPT-2 does.

    Raises:
        ValueError: If the file is not JSON of this kind, or asks for something else.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_bpe(BytePairEncoding({"a": 0, "b": 1, "ab": 2}, [("a", "b")]), f"{folder}/t.json")
    ...     load_bpe(f"{folder}/t.json").encode("aab").tokens
    ['a', 'ab']
    """
    whole = _read_mapping(path)
    for key in ("normalizer", "truncation", "padding"):
        _expect(whole, {key: None}, "", path)
    model = _section(whole, "model", path)
    _expect(model, PLAIN_MODEL, "model.", path)
    _expect(_section(whole, "pre_tokenizer", path), BYTE_LEVEL, "pre_tokenizer.", path)
    _expect(_section(whole, "decoder", path), {"type": "ByteLevel"}, "decoder.", path)
    added = whole.get("added_tokens") or []
    for token in added:
        _expect(token, PLAIN_TOKEN, f"added token {token.get('content')!r}: ", path)
    merges = [_two(m.split(" ") if isinstance(m, str) else m, path) for m in model["merges"]]
    return BytePairEncoding(
        model["vocab"] | {token["content"]: token["id"] for token in added},
        merges,
        special_tokens=[token["content"] for token in added],
        unk_token=model.get("unk_token"),
        trim_offsets=_trims(whole.get("post_processor"), path),
    )


def save_bpe(tokenizer: BytePairEncoding, path: str | Path) -> None:
    """Writes a `tokenizer.json` that Hugging Face `tokenizers` and `load_bpe` read.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_bpe(BytePairEncoding({"<s>": 0, "a": 1}, [], ["<s>"]), f"{folder}/t.json")
    ...     load_bpe(f"{folder}/t.json").special_tokens
    ('<s>',)
    """
    added = [
        {"id": tokenizer.vocab[token], "content": token, **PLAIN_TOKEN, "normalized": False}
        for token in sorted(tokenizer.special_tokens, key=tokenizer.vocab.__getitem__)
    ]
    byte_level = {**BYTE_LEVEL, "trim_offsets": tokenizer.trim_offsets}
    model = {
        **PLAIN_MODEL,
        "unk_token": tokenizer.unk_token,
        "vocab": tokenizer.vocab,
        "merges": tokenizer.merges,
    }
    whole = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": added,
        "normalizer": None,
        "pre_tokenizer": byte_level,
        "post_processor": byte_level,
        "decoder": byte_level,
        "model": model,
    }
    Path(path).write_text(json.dumps(whole, ensure_ascii=False, indent=1), encoding="utf-8")


def load_gpt2_files(
    folder: str | Path, special_tokens: Sequence[str] = ("<|endoftext|>",)
) -> BytePairEncoding:
    """Reads `vocab.json` and `merges.txt` from a folder, as GPT-2 was published.

    The files do not say which tokens are special.

    Raises:
        ValueError: If a file is not of this form, or lacks one of the special tokens.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_gpt2_files(BytePairEncoding({"a": 0, "b": 1, "ab": 2}, [("a", "b")]), folder)
    ...     load_gpt2_files(folder, special_tokens=[]).encode("aab").tokens
    ['a', 'ab']
    """
    vocab = _read_mapping(Path(folder) / "vocab.json")
    path = Path(folder) / "merges.txt"
    lines = path.read_text(encoding="utf-8").split("\n")
    merges = [
        _two(line.split(" "), path) for line in lines if line and not line.startswith("#version")
    ]
    return BytePairEncoding(vocab, merges, special_tokens)


def save_gpt2_files(tokenizer: BytePairEncoding, folder: str | Path) -> None:
    """Writes `vocab.json` and `merges.txt` into a folder that exists.

    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_gpt2_files(BytePairEncoding({"a": 0, "b": 1, "ab": 2}, [("a", "b")]), folder)
    ...     (pathlib.Path(folder) / "merges.txt").read_text().splitlines()
    ['#version: 0.2', 'a b']
    """
    vocab = json.dumps(tokenizer.vocab, ensure_ascii=False)
    lines = [VERSION_LINE, *(f"{left} {right}" for left, right in tokenizer.merges)]
    (Path(folder) / "vocab.json").write_text(vocab, encoding="utf-8")
    (Path(folder) / "merges.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _read_mapping(path: str | Path) -> dict[str, Any]:
    try:
        whole = json.loads(Path(path).read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path}: expected JSON in UTF-8, got {error}") from None
    if not isinstance(whole, dict):
        kind = type(whole).__name__
        raise ValueError(f"{path}: expected a JSON object, got a {kind}")  # noqa: TRY004 - the file is wrong
    return whole


def _section(whole: Mapping[str, Any], key: str, path: str | Path) -> Mapping[str, Any]:
    section = whole.get(key)
    if not isinstance(section, dict):
        wrong = f"{path}: expected an object for {key}, got {section!r}"
        raise ValueError(wrong)  # noqa: TRY004 - the file is wrong, not the caller
    return section


def _expect(
    section: Mapping[str, Any], wanted: Mapping[str, Any], prefix: str, path: str | Path
) -> None:
    """Settings that are left out have the wanted value; no affix may be written as ""."""
    for key, value in wanted.items():
        got = section.get(key, value)
        if got != value and not (value is None and got == ""):
            raise ValueError(f"{path}: expected {prefix}{key} to be {value!r}, got {got!r}")


def _two(parts: Sequence[str], path: str | Path) -> tuple[str, str]:
    if len(parts) != 2:
        raise ValueError(f"{path}: expected merges of two tokens, got {parts!r}")
    return parts[0], parts[1]


def _trims(processor: Mapping[str, Any] | None, path: str | Path) -> bool:
    if processor is None or _adds_nothing(processor):
        return False
    _expect(processor, {"type": "ByteLevel"}, "post_processor.", path)
    if processor.get("trim_offsets", True) and processor.get("add_prefix_space", True):
        raise ValueError(
            f"{path}: expected post_processor.add_prefix_space to be False where offsets are "
            "trimmed, got True"
        )
    return bool(processor.get("trim_offsets", True))


def _adds_nothing(processor: Mapping[str, Any]) -> bool:
    """Whether it is a template of the text alone, which Transformers writes for GPT-2."""
    parts = processor.get("single", [])
    return processor.get("type") == "TemplateProcessing" and all("Sequence" in p for p in parts)
