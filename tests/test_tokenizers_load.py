"""Files of byte-level BPE, read and written: `tokenizer.json`, `vocab.json` and `merges.txt`."""

import json

import pytest
from tokenizers import ByteLevelBPETokenizer, processors
from tokenizers import Tokenizer as TheirTokenizer
from transformers import GPT2TokenizerFast

from reference_impl.tokenizers.bpe_training import train_bpe
from reference_impl.tokenizers.load import (
    load_bpe,
    load_gpt2_files,
    save_bpe,
    save_gpt2_files,
)

CORPUS = ["the low lower lowest newest, the été 汉字 and 1234 " * 5]
TEXT = " The lowest été,  汉字漢<|endoftext|> it's 12345 low \n"
SPECIAL = ["<|endoftext|>", "<pad>"]


@pytest.fixture
def theirs():
    tokenizer = ByteLevelBPETokenizer()
    tokenizer.train_from_iterator(CORPUS, 320, 1, show_progress=False, special_tokens=SPECIAL)
    return tokenizer


@pytest.fixture
def ours():
    return train_bpe(CORPUS, 320, 1, special_tokens=SPECIAL).tokenizer()


def fields(encoding):
    return encoding.ids, encoding.tokens, encoding.offsets


@pytest.mark.parametrize("trim", [False, True])
def test_their_tokenizer_json_is_read(theirs, tmp_path, trim):
    theirs.post_processor = processors.ByteLevel(add_prefix_space=False, trim_offsets=trim)
    theirs.save(str(tmp_path / "tokenizer.json"))
    ours = load_bpe(tmp_path / "tokenizer.json")
    assert fields(ours.encode(TEXT)) == fields(theirs.encode(TEXT))
    assert ours.special_tokens == tuple(SPECIAL)
    assert ours.decode(ours.encode(TEXT).ids) == theirs.decode(theirs.encode(TEXT).ids)


@pytest.mark.parametrize("trim", [False, True])
def test_our_tokenizer_json_is_read_by_them_and_by_us(ours, tmp_path, trim):
    ours.trim_offsets = trim
    save_bpe(ours, tmp_path / "tokenizer.json")
    theirs = TheirTokenizer.from_file(str(tmp_path / "tokenizer.json"))
    again = load_bpe(tmp_path / "tokenizer.json")
    assert fields(theirs.encode(TEXT)) == fields(ours.encode(TEXT)) == fields(again.encode(TEXT))
    assert theirs.decode(theirs.encode(TEXT).ids) == ours.decode(ours.encode(TEXT).ids)
    assert (again.vocab, again.merges) == (ours.vocab, ours.merges)


def test_both_save_the_same_model(ours, theirs, tmp_path):
    save_bpe(ours, tmp_path / "ours.json")
    theirs.save(str(tmp_path / "theirs.json"))
    wanted = json.loads((tmp_path / "theirs.json").read_text())
    got = json.loads((tmp_path / "ours.json").read_text())
    assert got["model"] == wanted["model"]
    assert got["added_tokens"] == wanted["added_tokens"]


def test_gpt2_files_go_both_ways(ours, theirs, tmp_path):
    theirs.save_model(str(tmp_path))
    loaded = load_gpt2_files(tmp_path, SPECIAL)
    assert fields(loaded.encode(TEXT)) == fields(theirs.encode(TEXT))
    wanted = (tmp_path / "merges.txt").read_text()
    save_gpt2_files(ours, tmp_path)
    assert (tmp_path / "merges.txt").read_text() == wanted
    back = ByteLevelBPETokenizer.from_file(
        str(tmp_path / "vocab.json"), str(tmp_path / "merges.txt")
    )
    back.add_special_tokens(SPECIAL)
    assert fields(back.encode(TEXT)) == fields(ours.encode(TEXT))


def test_the_file_of_a_gpt2_tokenizer_of_transformers_is_read(ours, tmp_path):
    GPT2TokenizerFast(vocab=ours.vocab, merges=ours.merges).save_pretrained(tmp_path)
    loaded = load_bpe(tmp_path / "tokenizer.json")
    assert loaded.special_tokens == ("<|endoftext|>",)
    text = TEXT.replace("<pad>", "")
    assert fields(loaded.encode(text)) == fields(ours.encode(text))


def test_merges_written_as_one_string_are_read(ours, tmp_path):
    path = tmp_path / "old.json"
    save_bpe(ours, path)
    whole = json.loads(path.read_text())
    whole["model"]["merges"] = [" ".join(pair) for pair in whole["model"]["merges"]]
    whole["model"] |= {"continuing_subword_prefix": "", "end_of_word_suffix": ""}
    whole["post_processor"] = None
    path.write_text(json.dumps(whole))
    assert load_bpe(path).merges == ours.merges


TEMPLATE = {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<pad>"}}]}
TRIMMED = {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True}
REFUSED = [
    (("normalizer",), {"type": "NFC"}, "expected normalizer to be None, got {'type': 'NFC'}"),
    (("padding",), {"pad_id": 1}, "expected padding to be None"),
    (("model", "type"), "WordPiece", r"expected model.type to be 'BPE', got 'WordPiece'"),
    (("model", "dropout"), 0.1, r"expected model.dropout to be None, got 0.1"),
    (("model", "ignore_merges"), True, r"expected model.ignore_merges to be False, got True"),
    (("model", "merges"), ["a b c"], r"merges of two tokens, got \['a', 'b', 'c'\]"),
    (("model",), None, "expected an object for model, got None"),
    (
        ("pre_tokenizer",),
        {"type": "Whitespace"},
        "pre_tokenizer.type to be 'ByteLevel', got 'White",
    ),
    (("pre_tokenizer", "add_prefix_space"), True, "add_prefix_space to be False, got True"),
    (("decoder",), None, "expected an object for decoder, got None"),
    (("post_processor",), {"type": "RobertaProcessing"}, "post_processor.type to be 'ByteLevel'"),
    (("post_processor",), TEMPLATE, "'ByteLevel', got 'TemplateProcessing'"),
    (("post_processor",), TRIMMED, "add_prefix_space to be False where offsets are trimmed, got"),
    (("added_tokens", 0, "lstrip"), True, r"added token '<\|endoftext\|>': lstrip to be False, go"),
    (("added_tokens", 0, "special"), False, "special to be True, got False"),
]


@pytest.mark.parametrize(("place", "value", "message"), REFUSED, ids=lambda part: str(part)[:30])
def test_a_setting_that_would_change_the_result_is_refused(ours, tmp_path, place, value, message):
    path = tmp_path / "tokenizer.json"
    save_bpe(ours, path)
    whole = json.loads(path.read_text())
    section = whole
    for key in place[:-1]:
        section = section[key]
    section[place[-1]] = value
    path.write_text(json.dumps(whole))
    with pytest.raises(ValueError, match=message) as caught:
        load_bpe(path)
    assert str(path) in str(caught.value)


def test_files_of_another_form_are_refused(ours, tmp_path):
    path = tmp_path / "tokenizer.json"
    for content, message in [
        (b"{", "expected JSON in UTF-8, got Expecting property"),
        (b"\xff", "expected JSON in UTF-8, got 'utf-8' codec"),
        (b"[]", "expected a JSON object, got a list"),
    ]:
        path.write_bytes(content)
        with pytest.raises(ValueError, match=message):
            load_bpe(path)
    with pytest.raises(FileNotFoundError):
        load_bpe(tmp_path / "absent.json")
    save_gpt2_files(ours, tmp_path)
    with pytest.raises(ValueError, match="in the vocabulary, got '<s>'"):
        load_gpt2_files(tmp_path, ["<s>"])
    (tmp_path / "merges.txt").write_text("#version: 0.2\na\n")
    with pytest.raises(ValueError, match=r"merges.txt: expected merges of two tokens, got \['a'\]"):
        load_gpt2_files(tmp_path)
