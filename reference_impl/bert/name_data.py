# ruff: noqa: RUF001 - Chinese sentences have Chinese signs
"""Sentences with labelled entities, English and Chinese, from names that Faker makes up.

Names stand in templates, some of which give the type away and some of which do not, with noise
around them. No word of a training name is in a test name, so that nothing can be known by heart.
Needs the package [Faker](https://faker.readthedocs.io).
"""

# --8<-- [start:name_data_imports]
import random
import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from reference_impl.bert.tags import Span

# --8<-- [end:name_data_imports]

if TYPE_CHECKING:
    from faker import Faker

__all__ = ["LABELS", "Sentence", "make_sentences", "name_words", "names"]

LABELS = ("PER", "ORG", "LOC", "DATE")
LANGUAGES = {"en": "en_US", "zh": "zh_CN"}
SPLITS = ("train", "test")

# Parts that names are built with; they are no names themselves.
EN_COMMON = frozenset(
    [
        "Inc",
        "and",
        "Sons",
        "LLC",
        "Group",
        "PLC",
        "Ltd",
        "North",
        "East",
        "West",
        "South",
        "New",
        "Lake",
        "Port",
    ]
)
ZH_COMMON = re.compile(r"(科技|网络|信息|传媒)有限公司$|[市县]$")

# "X" is any of PER, ORG and LOC: the words around it do not say which.
TEMPLATES = {
    "en": (
        "{PER} joined {ORG} on {DATE}.",
        "{PER} was born in {LOC} on {DATE}.",
        "{ORG} opened an office in {LOC}.",
        "On {DATE}, {ORG} hired {PER} from {ORG}.",
        "{PER} and {PER} met in {LOC}.",
        "{ORG} moved from {LOC} to {LOC} in the year after {DATE}.",
        "The meeting of {DATE} was led by {PER}.",
        "Shares of {ORG} fell on {DATE}.",
        "{X} was mentioned twice.",
        "Nobody had heard of {X} before {DATE}.",
        "The list had {X}, {X} and {X}.",
        "See page 2021 for {X}.",
        "There were 12 people and 3 dogs.",
    ),
    "zh": (
        "{PER}于{DATE}加入{ORG}。",
        "{PER}{DATE}出生在{LOC}。",
        "{ORG}在{LOC}设立了分部。",
        "{DATE}，{ORG}聘请了{PER}。",
        "{PER}和{PER}在{LOC}见面。",
        "{DATE}的会议由{PER}主持。",
        "{X}被提到了两次。",
        "名单上有{X}、{X}和{X}。",
        "第2021页提到了{X}。",
        "这里有12个人和3只狗。",
    ),
}
OPENINGS = {
    "en": ("According to a report, ", "As we said before: ", "Note that ", "Yesterday we read: "),
    "zh": ("据报道，", "如前所述：", "请注意，", "昨天我们读到："),
}
DATE_FORMATS = {
    "en": ("{day} {month} {year}", "{month} {day}, {year}", "{iso}", "{month} {year}"),
    "zh": ("{year}年{number}月{day}日", "{number}月{day}日", "{iso}", "{year}年{number}月"),
}


# --8<-- [start:sentence]
@dataclass(frozen=True)
class Sentence:
    """A text and the entities in it.

    Attributes:
        text: the text.
        spans: its entities, in characters of the text, from left to right.

    Examples:
        >>> sentence = Sentence("Ann met Bo.", (Span(0, 3, "PER"), Span(8, 10, "PER")))
        >>> sentence.entities
        [('Ann', 'PER'), ('Bo', 'PER')]
    """

    text: str
    spans: tuple[Span, ...]

    @property
    def entities(self) -> list[tuple[str, str]]:
        """The text and the label of each entity."""
        return [(self.text[span.start : span.end], span.label) for span in self.spans]


# --8<-- [end:sentence]


# --8<-- [start:split_of]
def name_words(name: str) -> list[str]:
    """Return the words that make a name what it is, without those that many names share.

    Examples:
        >>> name_words("Smith, Jones and Sons"), name_words("飞海科技有限公司")
        (['Smith', 'Jones'], ['飞海'])
    """
    if name.isascii():
        return [word for word in re.findall(r"[A-Za-z]+", name) if word not in EN_COMMON]
    return [ZH_COMMON.sub("", name)]


def split_of(word: str) -> str:
    """Return the split that a word belongs to, always the same one."""
    return SPLITS[zlib.crc32(word.encode()) % len(SPLITS)]


# --8<-- [end:split_of]


@lru_cache
def names(label: str, language: str = "en", split: str = "train") -> tuple[str, ...]:
    """Return made-up names whose words all belong to one split.

    Args:
        label: `"PER"`, `"ORG"` or `"LOC"`.
        language: `"en"` or `"zh"`.
        split: `"train"` or `"test"`.

    Returns:
        Different names, the same ones each time.

    Raises:
        ValueError: an argument is none of these.

    Examples:
        >>> train = {word for name in names("PER") for word in name_words(name)}
        >>> test = {word for name in names("PER", split="test") for word in name_words(name)}
        >>> train & test
        set()
    """
    _check(label, LABELS[:3], "label")
    _check(language, tuple(LANGUAGES), "language")
    _check(split, SPLITS, "split")
    drawn = dict.fromkeys(_draw(label, language))
    return tuple(name for name in drawn if {split_of(word) for word in name_words(name)} == {split})


@lru_cache
def _draw(label: str, language: str, draws: int = 500) -> tuple[str, ...]:
    faker = _faker(language)
    faker.seed_instance(f"{label} {language}")
    if label != "PER":
        draw = {"ORG": faker.company, "LOC": faker.city}[label]
        return tuple(draw() for _ in range(draws))
    # `faker.name` would add titles to some.
    pairs = [(faker.first_name(), faker.last_name()) for _ in range(draws)]
    return tuple(f"{first} {last}" if language == "en" else last + first for first, last in pairs)


@lru_cache
def _faker(language: str) -> "Faker":
    """Return Faker with three of its providers: to load all of them takes a second."""
    from faker import Faker

    providers = [f"faker.providers.{name}" for name in ("address", "company", "person")]
    return Faker(LANGUAGES[language], providers=providers)


def _check(value: str, known: Sequence[str], what: str) -> None:
    if value not in known:
        raise ValueError(f"expected {what} to be one of {', '.join(known)}, got {value!r}")


MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]


def _date(language: str, choice: random.Random) -> str:
    year, number, day = choice.randint(1950, 2030), choice.randint(1, 12), choice.randint(1, 28)
    return choice.choice(DATE_FORMATS[language]).format(
        year=year, number=number, day=day, month=MONTHS[number - 1],
        iso=f"{year}-{number:02}-{day:02}",
    )  # fmt: skip  # the parts of a date side by side


def _swap_letters(word: str, choice: random.Random) -> str:
    """Return a long English word with two of its inner letters in the wrong order."""
    if len(word) < 5 or not word.isascii() or not word.isalpha():
        return word
    at = choice.randrange(1, len(word) - 2)
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def _noisy(text: str, noise: float, choice: random.Random) -> str:
    pieces = re.split(r"( )", text)
    return "".join(
        _swap_letters(piece, choice) if choice.random() < noise else piece for piece in pieces
    )


def _fill(language: str, split: str, noise: float, choice: random.Random) -> Sentence:
    template = choice.choice(TEMPLATES[language])
    text = choice.choice(OPENINGS[language]) if choice.random() < noise else ""
    spans = []
    for part in re.split(r"(\{\w+\})", template):
        if not part.startswith("{"):
            text += _noisy(part, noise, choice)
            continue
        label = choice.choice(LABELS[:3]) if part == "{X}" else part[1:-1]
        if label == "DATE":
            name = _date(language, choice)
        else:
            name = choice.choice(names(label, language, split))
        spans.append(Span(len(text), len(text) + len(name), label))
        text += name
    return Sentence(text, tuple(spans))


def make_sentences(
    count: int,
    split: str = "train",
    seed: int = 0,
    languages: Sequence[str] = ("en", "zh"),
    noise: float = 0.2,
) -> list[Sentence]:
    """Return sentences with labelled names.

    Args:
        count: how many; the languages take turns.
        split: `"train"` or `"test"`: which names are used.
        seed: of the templates, names and noise that are chosen.
        languages: which of `"en"` and `"zh"`.
        noise: the probability of an opening before the sentence, and of a misspelling in each English
            word of it that is no name.

    Raises:
        ValueError: a split or language is unknown, `count` is negative, or `noise` no probability.

    Examples:
        >>> en, zh = make_sentences(2, seed=1)
        >>> en.text
        'According to a report, The meeting of 2014-10-13 was led by Karina Rodriguez.'
        >>> en.entities
        [('2014-10-13', 'DATE'), ('Karina Rodriguez', 'PER')]
    """
    _check(split, SPLITS, "split")
    for language in languages:
        _check(language, tuple(LANGUAGES), "language")
    if count < 0 or not languages:
        raise ValueError(
            f"expected a count of at least 0 and a language, got {count} and {list(languages)}"
        )
    if not 0 <= noise <= 1:
        raise ValueError(f"expected noise from 0 to 1, got {noise}")
    choice = random.Random(f"{split} {seed}")  # noqa: S311 - made-up data, no secret
    return [
        _fill(languages[number % len(languages)], split, noise, choice) for number in range(count)
    ]
