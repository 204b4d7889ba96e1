"""Numbers and dates in words, read back by a parser; the task, its tokens, and a slice of the recorded run."""

import datetime
import json
import re

import pytest
import torch
from datasets import Dataset
from tokenizers import Tokenizer, models, pre_tokenizers

from benchmarks import t5_numbers
from reference_impl.t5 import (
    T5,
    TextPairs,
    collate,
    date_in_words,
    exact_matches,
    number_in_words,
    number_pairs,
    number_task,
    number_tokenizer,
    text_to_text_loss,
)
from reference_impl.train import TrainConfig, train

VALUES = {
    "English": {
        "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
        "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13,
        "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18,
        "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60,
        "seventy": 70, "eighty": 80, "ninety": 90,
    },
    "German": {
        "null": 0, "eins": 1, "ein": 1, "zwei": 2, "drei": 3, "vier": 4, "fünf": 5, "sechs": 6,
        "sieben": 7, "acht": 8, "neun": 9, "zehn": 10, "elf": 11, "zwölf": 12, "dreizehn": 13,
        "vierzehn": 14, "fünfzehn": 15, "sechzehn": 16, "siebzehn": 17, "achtzehn": 18,
        "neunzehn": 19, "zwanzig": 20, "dreißig": 30, "vierzig": 40, "fünfzig": 50,
        "sechzig": 60, "siebzig": 70, "achtzig": 80, "neunzig": 90,
    },
}  # fmt: skip  # a list reads as a list


def read(text, language):
    """The value of number words: parts are added, and multiplied where hundred or thousand follows."""
    hundred, thousand = {"English": ("hundred", "thousand"), "German": ("hundert", "tausend")}[
        language
    ]
    words = [hundred, thousand, "and", "und", *VALUES[language]]
    parts = re.findall("|".join(sorted(words, key=len, reverse=True)), text)
    assert "".join(parts) == re.sub("[ -]", "", text), f"{text} has letters that belong to no word"
    total = below = 0
    for part in parts:
        if part == hundred:
            below *= 100
        elif part == thousand:
            total, below = below * 1000, 0
        elif part not in ("and", "und"):
            below += VALUES[language][part]
    return total + below


@pytest.mark.parametrize("language", VALUES)
def test_numbers_read_back(language):
    chosen = [*range(2000), *range(2000, 1_000_000, 997), 999_999, 100_000, 101_001, 21_000]
    texts = {number: number_in_words(number, language) for number in chosen}
    assert [read(text, language) for text in texts.values()] == list(texts)
    assert len(set(texts.values())) == len(texts)


@pytest.mark.parametrize(
    ("number", "english", "german"),
    [
        (0, "zero", "null"),
        (1, "one", "eins"),
        (21, "twenty-one", "einundzwanzig"),
        (30, "thirty", "dreißig"),
        (100, "one hundred", "einhundert"),
        (101, "one hundred and one", "einhunderteins"),
        (117, "one hundred and seventeen", "einhundertsiebzehn"),
        (1000, "one thousand", "eintausend"),
        (1001, "one thousand and one", "eintausendeins"),
        (1100, "one thousand one hundred", "eintausendeinhundert"),
        (21_021, "twenty-one thousand and twenty-one", "einundzwanzigtausendeinundzwanzig"),
        (101_000, "one hundred and one thousand", "einhunderteintausend"),
        (
            717_616,
            "seven hundred and seventeen thousand six hundred and sixteen",
            "siebenhundertsiebzehntausendsechshundertsechzehn",
        ),
    ],
)
def test_numbers_by_a_speaker(number, english, german):
    assert number_in_words(number, "English") == english
    assert number_in_words(number, "German") == german


@pytest.mark.parametrize(
    ("date", "english", "german"),
    [
        ((1900, 1, 1), "the first of January nineteen hundred", "der erste Januar neunzehnhundert"),
        ((1905, 2, 3), "the third of February nineteen oh five", "der dritte Februar neunzehnhundertfünf"),
        ((1999, 12, 12), "the twelfth of December nineteen ninety-nine", "der zwölfte Dezember neunzehnhundertneunundneunzig"),
        ((2000, 7, 20), "the twentieth of July two thousand", "der zwanzigste Juli zweitausend"),
        ((2005, 3, 31), "the thirty-first of March two thousand and five", "der einunddreißigste März zweitausendfünf"),
        ((2024, 8, 22), "the twenty-second of August twenty twenty-four", "der zweiundzwanzigste August zweitausendvierundzwanzig"),
        ((1066, 10, 14), "the fourteenth of October ten sixty-six", "der vierzehnte Oktober eintausendsechsundsechzig"),
        ((2017, 5, 7), "the seventh of May twenty seventeen", "der siebte Mai zweitausendsiebzehn"),
        ((2018, 5, 8), "the eighth of May twenty eighteen", "der achte Mai zweitausendachtzehn"),
        ((2019, 5, 9), "the ninth of May twenty nineteen", "der neunte Mai zweitausendneunzehn"),
    ],
)  # fmt: skip  # a list reads as a list
def test_dates_by_a_speaker(date, english, german):
    assert date_in_words(datetime.date(*date), "English") == english
    assert date_in_words(datetime.date(*date), "German") == german


def test_all_dates_of_four_years_differ():
    days = [datetime.date(2000, 1, 1) + datetime.timedelta(days=i) for i in range(4 * 365 + 1)]
    for language in VALUES:
        assert len({date_in_words(day, language) for day in days}) == len(days)


def test_pairs_are_different_balanced_and_repeatable():
    pairs = number_pairs(2000, seed=3)
    assert len({pair.source for pair in pairs}) == 2000
    assert pairs == number_pairs(2000, seed=3)
    assert pairs != number_pairs(2000, seed=4)
    for word in ("English", "German", "number", "date"):
        assert 800 < sum(word in pair.source for pair in pairs) < 1200
    assert all("number" in pair.source for pair in number_pairs(20, kinds="number"))


def test_every_pair_survives_the_tokenizer_in_few_tokens():
    tokenizer = number_tokenizer()
    for pair in number_pairs(600, seed=1):
        for text in pair:
            encoding = tokenizer.encode(text)
            assert 2 not in encoding.ids
            assert tokenizer.decode(encoding.ids) == text
        assert len(tokenizer.encode(pair.target).ids) <= 23


def test_the_tokens_are_hugging_faces():
    ours = number_tokenizer()
    theirs = Tokenizer(models.Unigram(ours.pieces, 2, False))
    theirs.pre_tokenizer = pre_tokenizers.Metaspace()
    for pair in number_pairs(300, seed=2):
        for text in pair:
            assert ours.encode(text).ids == theirs.encode(text).ids


def test_a_batch_is_that_of_their_collator():
    from transformers import DataCollatorForSeq2Seq, PreTrainedTokenizerFast

    ours = number_tokenizer()
    inner = Tokenizer(models.Unigram(ours.pieces, 2, False))
    inner.pre_tokenizer = pre_tokenizers.Metaspace()
    theirs = PreTrainedTokenizerFast(
        tokenizer_object=inner, pad_token="<pad>", eos_token="</s>", unk_token="<unk>"
    )
    pairs = number_pairs(5)

    def encode(row):
        return {
            "input_ids": [*theirs(row["source"]).input_ids, 1],
            "labels": [*theirs(row["target"]).input_ids, 1],
        }

    rows = Dataset.from_list([pair._asdict() for pair in pairs]).map(encode)
    rows = rows.remove_columns(["source", "target"])
    expected = DataCollatorForSeq2Seq(theirs)([rows[i] for i in range(5)])
    batch = collate(TextPairs(pairs, ours).items)
    assert torch.equal(batch["source"], expected["input_ids"])
    assert torch.equal(batch["labels"], expected["labels"])


def test_the_task_trains_with_the_training_program(tmp_path, capsys):
    torch.manual_seed(0)
    config = TrainConfig(folder=str(tmp_path), max_steps=3, batch_size=8, progress=False)
    result = train(config, lambda: number_task(pairs=40, held_out=10, dim=16, layers=1, digits=2))
    assert result.eval_loss > 0
    assert "evaluation loss" in capsys.readouterr().out
    with pytest.raises(TypeError, match="expected a T5, got Linear"):
        text_to_text_loss(torch.nn.Linear(1, 1), {})


def test_exact_matches_counts_whole_answers():
    tokenizer, pairs = number_tokenizer(), number_pairs(4)
    task = number_task(pairs=40, held_out=10, dim=16, layers=1)

    class Knows(T5):
        def generate(self, source, max_new_tokens):
            ids = [tokenizer.encode(pair.target).ids for pair in pairs]
            ids[3] = ids[3][:-1]
            return torch.nn.utils.rnn.pad_sequence(
                [torch.tensor([0, *row, 1]) for row in ids], batch_first=True
            )

    knows = Knows(task.model.config)
    assert exact_matches(knows, pairs, tokenizer) == 0.75
    assert knows.training
    assert exact_matches(task.model, pairs, tokenizer, beams=2) == 0.0


def test_the_recorded_run_begins_as_the_program_does():
    recorded = json.loads(t5_numbers.DATA.read_text())
    assert t5_numbers.first_losses() == pytest.approx(recorded["first losses"], rel=0.01)
    last = recorded["numbers"][-1]
    assert min(last["English"], last["German"]) > 0.85
    tuned, random = (
        recorded[f"dates from {name}"][-1] for name in ("the number model", "random weights")
    )
    assert (
        min(tuned["English"], tuned["German"])
        > 0.8
        > 0.2
        > max(random["English"], random["German"])
    )


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: number_in_words(-1, "English"), "from 0 to 999999, got -1"),
        (lambda: number_in_words(1, "French"), "expected one of English, German, got 'French'"),
        (lambda: date_in_words(datetime.date(999, 1, 1), "German"), "1000 to 9999, got 999"),
        (lambda: date_in_words(datetime.date(1999, 1, 1), "Latin"), "got 'Latin'"),
        (lambda: number_pairs(1, digits=7), "digits from 1 to 6, got 7"),
        (lambda: number_pairs(1, kinds="time"), "kinds .* got 'time'"),
        (lambda: number_pairs(1, kinds=""), "got ''"),
        (lambda: number_pairs(500, digits=1, kinds="number"), "pairs that there are, got 500"),
        (
            lambda: exact_matches(number_task(2, 1).model, [], number_tokenizer()),
            "at least one pair, got none",
        ),
    ],
)
def test_bad_input(call, words):
    with pytest.raises(ValueError, match=words):
        call()
