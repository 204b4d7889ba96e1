"""Find every fence of a Markdown page and read its opening line, strictly.

What the stock parsers let through without a word (a fence whose language carries an attribute they do
not know, `py`, `pycon`, a brace form) is an error here: a fence is run, is shown as text, or is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from sybil import Document
from sybil.parsers.markdown.lexers import RawFencedCodeBlockLexer

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]

#: Fences that are shown and not run: they are no programs.
SHOWN_LANGUAGES = ("text", "yaml", "toml")
#: Fences that are run.
RUN_LANGUAGES = ("python", "console")
#: Attributes that a Python fence may carry; they change how it looks, never whether it runs.
PYTHON_ATTRIBUTES = ("title", "linenums", "hl_lines")

_INFO = re.compile(r"(?P<language>\w+)(?: \{(?P<attributes>[^{}]*)\})?")
_ATTRIBUTE = re.compile(r'\s*(?P<name>[\w.#-]+)(?:="(?P<value>[^"]*)")?')
_LEXER = RawFencedCodeBlockLexer(re.compile(r"(?P<info>[^\n]*)\n?"))


class BlockError(Exception):
    """A block that can't be run as it is written; the message says where and what to do."""


@dataclass(frozen=True)
class Fence:
    """One fenced block of a page, as its author wrote it."""

    page: Path
    line: int
    start: int
    end: int
    info: str
    source: str

    @property
    def where(self) -> str:
        """Page and line, as an editor opens them."""
        return f"{relative(self.page)}:{self.line}"

    @cached_property
    def _opening(self) -> tuple[str, dict[str, str]]:
        match = _INFO.fullmatch(self.info)
        if match is None:
            message = (
                f"{self.where}: cannot read the fence ```{self.info}\n"
                '  expected: ```LANGUAGE or ```LANGUAGE {title="..."}, one space before the brace'
            )
            raise BlockError(message)
        attributes: dict[str, str] = {}
        text = match["attributes"] or ""
        position = 0
        while text[position:].strip():
            attribute = _ATTRIBUTE.match(text, position)
            if attribute is None or attribute["value"] is None:
                message = (
                    f'{self.where}: cannot read {text[position:].strip()!r}: expected NAME="VALUE"'
                )
                raise BlockError(message)
            attributes[attribute["name"]] = attribute["value"]
            position = attribute.end()
        return match["language"], attributes

    @property
    def language(self) -> str:
        """The language the fence names; refused when it is none that this site knows."""
        language, attributes = self._opening
        if language not in (*RUN_LANGUAGES, *SHOWN_LANGUAGES):
            known = ", ".join((*RUN_LANGUAGES, *SHOWN_LANGUAGES))
            raise BlockError(
                f"{self.where}: unknown language {language!r}: expected one of {known}"
            )
        allowed = PYTHON_ATTRIBUTES if language == "python" else ("title",)
        for name in attributes:
            if name not in allowed:
                message = (
                    f"{self.where}: unknown attribute {name!r} on a {language} fence: "
                    f"expected {', '.join(allowed)}"
                )
                raise BlockError(message)
        return language

    @property
    def title(self) -> str | None:
        """The `title` attribute: for a Python fence, the file that it shows."""
        return self._opening[1].get("title")


def relative(path: Path) -> str:
    """A path as a reader of the repository knows it."""
    path = Path(path)
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.as_posix()


def fences_of(page: Path, text: str | None = None) -> Iterator[Fence]:
    """Every fence of a page, in tabs, lists, quotes and admonitions too, in the order of the page."""
    text = page.read_text(encoding="utf-8") if text is None else text
    found = []
    for region in _LEXER(Document(text, str(page))):
        line = text.count("\n", 0, region.start) + 1
        info = str(region.lexemes["info"])
        # Leading blanks are tolerated by Markdown and refused by us, so that `fence.info` is exact.
        found.append(
            Fence(
                page, line, region.start, region.end, info.rstrip(), str(region.lexemes["source"])
            )
        )
    # A fence inside a longer one is text that the outer one shows, not a block of the page.
    outer = [f for f in found if not any(o.start < f.start and f.end <= o.end for o in found)]
    return iter(sorted(outer, key=lambda fence: fence.start))


def pages() -> list[Path]:
    """Every Markdown file whose blocks are run."""
    top = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")]
    return sorted((ROOT / "docs").rglob("*.md")) + [path for path in top if path.exists()]
