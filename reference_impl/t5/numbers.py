"""A text-to-text task made here: numbers and dates into words, in English and in German."""

# --8<-- [start:numbers_imports]
import datetime
import random
from typing import NamedTuple

# --8<-- [end:numbers_imports]

__all__ = ["Pair", "date_in_words", "number_in_words", "number_pairs"]

LARGEST = 999_999

# --8<-- [start:numbers_english]
ONES = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
TENS = ["-", "ten", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]


def english(number: int) -> str:
    """Return the English words: `and` stands before the last two figures."""
    if number < 20:
        return ONES[number]
    if number < 100:
        return TENS[number // 10] + (f"-{ONES[number % 10]}" if number % 10 else "")
    size, name = (100, "hundred") if number < 1000 else (1000, "thousand")
    before, rest = f"{english(number // size)} {name}", number % size
    if not rest:
        return before
    return f"{before} and {english(rest)}" if rest < 100 else f"{before} {english(rest)}"


# --8<-- [end:numbers_english]

EINS = [
    "null",
    "eins",
    "zwei",
    "drei",
    "vier",
    "fünf",
    "sechs",
    "sieben",
    "acht",
    "neun",
    "zehn",
    "elf",
    "zwölf",
    "dreizehn",
    "vierzehn",
    "fünfzehn",
    "sechzehn",
    "siebzehn",
    "achtzehn",
    "neunzehn",
]
ZEHNER = [
    "-",
    "zehn",
    "zwanzig",
    "dreißig",
    "vierzig",
    "fünfzig",
    "sechzig",
    "siebzig",
    "achtzig",
    "neunzig",
]


# --8<-- [start:numbers_german]
def german(number: int) -> str:
    """Return the one German word: the ones stand before the tens, and eins ends in s at the end only."""
    if number < 20:
        return EINS[number]
    if number < 100:
        return _inside(number % 10, "und") + ZEHNER[number // 10]
    size, name = (100, "hundert") if number < 1000 else (1000, "tausend")
    rest = number % size
    return _inside(number // size, name) + (german(rest) if rest else "")


def _inside(number: int, after: str) -> str:
    if not number:
        return ""
    word = german(number)
    return (word[:-1] if word.endswith("eins") else word) + after


# --8<-- [end:numbers_german]

SPELLERS = {"English": english, "German": german}
MONTHS = {
    "English": [
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
    ],
    "German": [
        "Januar",
        "Februar",
        "März",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ],
}
ORDINALS = {
    "one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth",
    "nine": "ninth", "twelve": "twelfth", "twenty": "twentieth", "thirty": "thirtieth",
}  # fmt: skip  # a list reads as a list
ORDNUNGSZAHLEN = {1: "erste", 3: "dritte", 7: "siebte", 8: "achte"}


def _check_language(language: str) -> None:
    if language not in SPELLERS:
        raise ValueError(f"expected one of {', '.join(SPELLERS)}, got {language!r}")


def number_in_words(number: int, language: str) -> str:
    """Return a number in words.

    Args:
        number: from 0 to 999,999.
        language: `English` or `German`.

    Raises:
        ValueError: the number is out of range, or the language another.

    Examples:
        >>> number_in_words(4021, "English"), number_in_words(4021, "German")
        ('four thousand and twenty-one', 'viertausendeinundzwanzig')
    """
    _check_language(language)
    if not 0 <= number <= LARGEST:
        raise ValueError(f"expected a number from 0 to {LARGEST}, got {number}")
    return SPELLERS[language](number)


def _english_year(year: int) -> str:
    century, rest = divmod(year, 100)
    if century % 10 == 0 and rest < 10:
        return english(year)
    if not rest:
        return f"{english(century)} hundred"
    return f"{english(century)} {'oh ' if rest < 10 else ''}{english(rest)}"


def _german_year(year: int) -> str:
    if not 1100 <= year < 2000:
        return german(year)
    return f"{german(year // 100)}hundert{german(year % 100) if year % 100 else ''}"


def _english_ordinal(day: int) -> str:
    *tens, last = english(day).split("-")
    return "-".join([*tens, ORDINALS.get(last, f"{last}th")])


def date_in_words(date: datetime.date, language: str) -> str:
    """Return a date in words, the year as it is spoken.

    Args:
        date: of the years 1000 to 9999.
        language: `English` or `German`.

    Raises:
        ValueError: the year is out of range, or the language another.

    Examples:
        >>> day = datetime.date(1984, 3, 21)
        >>> date_in_words(day, "English")
        'the twenty-first of March nineteen eighty-four'
        >>> date_in_words(day, "German")
        'der einundzwanzigste März neunzehnhundertvierundachtzig'
    """
    _check_language(language)
    if date.year < 1000:
        raise ValueError(f"expected a year from 1000 to 9999, got {date.year}")
    month = MONTHS[language][date.month - 1]
    if language == "English":
        return f"the {_english_ordinal(date.day)} of {month} {_english_year(date.year)}"
    ending = "te" if date.day < 20 else "ste"
    ordinal = ORDNUNGSZAHLEN.get(date.day, f"{german(date.day)}{ending}")
    return f"der {ordinal} {month} {_german_year(date.year)}"


class Pair(NamedTuple):
    """A source and its target.

    Attributes:
        source: the task and what it is about, such as `number to German: 42`.
        target: the answer.

    Examples:
        >>> Pair("number to German: 42", "zweiundvierzig").target
        'zweiundvierzig'
    """

    source: str
    target: str


def number_pairs(
    count: int, seed: int = 0, digits: int = 6, kinds: str = "number date"
) -> list[Pair]:
    """Return different pairs at random: both languages alike, and numbers of each length alike.

    Args:
        count: how many.
        seed: of the random choice.
        digits: figures in the longest numbers, 1 to 6.
        kinds: `number`, `date`, of the years 1900 to 2099, or both with a space between.

    Raises:
        ValueError: `digits` or `kinds` is something else, or there are not as many pairs.

    Examples:
        >>> number_pairs(2, seed=1, digits=2, kinds="number")[1]
        Pair(source='number to German: 93', target='dreiundneunzig')
    """
    if not 1 <= digits <= 6:
        raise ValueError(f"expected digits from 1 to 6, got {digits}")
    if not kinds or not set(kinds.split()) <= {"number", "date"}:
        raise ValueError(f"expected kinds 'number', 'date' or both, got {kinds!r}")
    rng = random.Random(seed)  # noqa: S311 - no secret
    pairs: dict[str, Pair] = {}
    vain = 0
    while len(pairs) < count:
        language = rng.choice(list(SPELLERS))
        if rng.choice(kinds.split()) == "date":
            pair = _date_pair(rng, language)
        else:
            pair = _number_pair(rng, language, rng.randint(1, digits))
        vain = vain + 1 if pair.source in pairs else 0
        if vain > 1000:
            raise ValueError(f"expected a count of pairs that there are, got {count}")
        pairs[pair.source] = pair
    return list(pairs.values())


def _number_pair(rng: random.Random, language: str, length: int) -> Pair:
    number = rng.randrange(10 ** (length - 1) if length > 1 else 0, 10**length)
    return Pair(f"number to {language}: {number}", number_in_words(number, language))


def _date_pair(rng: random.Random, language: str) -> Pair:
    first = datetime.date(1900, 1, 1)
    day = first + datetime.timedelta(days=rng.randrange(200 * 365))
    return Pair(f"date to {language}: {day.isoformat()}", date_in_words(day, language))
