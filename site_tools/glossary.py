"""Explains the glossary's terms where they are used: the first time in each section, as a tooltip.

The terms are the definition lists of docs/glossary.md. Several lines over one definition are spellings of one term:

    stride
    strides
    :   How many elements to move in the storage when an index grows by one.

On the glossary's own page only the first spelling is shown, and it gets an anchor, `term-stride`.
Headings, code, links and formulas are left alone. A reader without a mouse reaches a term with the Tab key.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from xml.etree import ElementTree

from markdown import Extension, Markdown
from markdown.treeprocessors import Treeprocessor

from site_tools.page import DOCS, page_of, plain

GLOSSARY = DOCS / "glossary.md"

SKIPPED_TAGS = {
    *("a", "abbr", "button", "code", "kbd", "label", "math", "pre", "script", "style", "summary"),
    *("h1", "h2", "h3", "h4", "h5", "h6", "th"),
}
SKIPPED_CLASSES = {"log-box", "logs", "formula", "footnote"}


@dataclass(frozen=True)
class Term:
    """An entry of the glossary.

    Attributes:
        spellings: How it is written; the first names it.
        definition: What it means, in plain text.
    """

    spellings: tuple[str, ...]
    definition: str

    @property
    def anchor(self) -> str:
        """The entry's anchor on the glossary's page."""
        return "term-" + re.sub(r"\W+", "-", self.spellings[0].lower()).strip("-")


def parse(markdown: str) -> tuple[Term, ...]:
    """The terms in the definition lists of `markdown`."""
    terms: list[Term] = []
    spellings: list[str] = []
    lines = markdown.splitlines()
    for number, line in enumerate(lines):
        if line.startswith(":   "):
            rest = lines[number + 1 :]
            paragraph = [line[4:]]
            for more in rest:
                if not more.startswith("    "):
                    break
                paragraph.append(more)
            terms.append(Term(tuple(spellings), plain(" ".join(paragraph))))
            spellings = []
        elif not line.strip():
            spellings = []
        elif not line.startswith("    "):
            spellings.append(plain(line))
    return tuple(terms)


def load(path: Path = GLOSSARY) -> tuple[Term, ...]:
    """The terms of the glossary; none where there is no such file."""
    return _load(path, path.stat().st_mtime_ns) if path.is_file() else ()


@lru_cache(maxsize=4)
def _load(path: Path, _modified: int) -> tuple[Term, ...]:
    return parse(path.read_text(encoding="utf-8"))


@lru_cache(maxsize=4)
def pattern(terms: tuple[Term, ...]) -> tuple[re.Pattern[str], dict[str, Term]]:
    """What finds a term in a text, and which term it is, by its spelling in lower case."""
    by_spelling = {spelling: term for term in terms for spelling in term.spellings}
    longest_first = sorted(by_spelling, key=len, reverse=True)
    choices = []
    for spelling in longest_first:
        first, rest = spelling[0], re.sub(r"(\\ )+", r"\\s+", re.escape(spelling[1:]))
        # A sentence may start with it; a name such as SGD is only that in capitals.
        choices.append(f"[{first.upper()}{first}]{rest}" if first.islower() else first + rest)
    found = re.compile(rf"(?<![\w./-])(?:{'|'.join(choices)})(?![\w-])")
    return found, {spelling.lower(): term for spelling, term in by_spelling.items()}


class GlossaryTreeprocessor(Treeprocessor):
    """Marks the terms of one page."""

    def run(self, root: ElementTree.Element) -> None:
        """Marks them, or tidies the glossary itself."""
        page = page_of(self.md)
        if "mkdocstrings_headings" in self.md.treeprocessors:
            return  # a docstring's piece: it has no sections to count in
        terms = load()
        if not terms:
            return
        if page is not None and page.path == GLOSSARY:
            tidy(root, terms)
            return
        self.find, self.terms = pattern(terms)
        self.seen: set[Term] = set()
        self.walk(root)

    def walk(self, element: ElementTree.Element) -> None:
        """Marks the terms in and below `element`."""
        old = list(element)
        element[:] = []
        element.text = self.mark(element, element.text)
        for child in old:
            if child.tag == "h2":
                self.seen = set()
            element.append(child)
            classes = set((child.get("class") or "").split())
            if child.tag not in SKIPPED_TAGS and not classes & SKIPPED_CLASSES:
                self.walk(child)
            child.tail = self.mark(element, child.tail)

    def mark(self, parent: ElementTree.Element, text: str | None) -> str | None:
        """Appends to `parent` what follows the first new term in `text`; returns the text before it."""
        if not text:
            return text
        before, last = None, None
        position = 0
        for match in self.find.finditer(text):
            term = self.terms[" ".join(match[0].split()).lower()]
            if term in self.seen:
                continue
            self.seen.add(term)
            piece = text[position : match.start()]
            if last is None:
                before = piece
            else:
                last.tail = piece
            last = ElementTree.SubElement(
                parent, "abbr", {"class": "term", "title": term.definition, "tabindex": "0"}
            )
            last.text = match[0]
            position = match.end()
        if last is None:
            return text
        last.tail = text[position:]
        return before


def tidy(root: ElementTree.Element, terms: tuple[Term, ...]) -> None:
    """Shows each term of the glossary's page once, with an anchor."""
    anchors = {term.spellings[0]: term.anchor for term in terms}
    for entries in root.iter("dl"):
        previous = ""
        for entry in list(entries):
            if entry.tag == "dt" and previous == "dt":
                entries.remove(entry)
            elif entry.tag == "dt":
                name = "".join(entry.itertext()).strip()
                entry.set("id", anchors.get(name, f"term-{name}"))
            previous = entry.tag


class GlossaryExtension(Extension):
    """Adds the treeprocessor."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802  # Python-Markdown's name
        """Registers it after inline patterns (20) and formulas (15), before the table of contents (5)."""
        md.treeprocessors.register(GlossaryTreeprocessor(md), "glossary", 6)


def makeExtension(**options: object) -> GlossaryExtension:  # noqa: N802  # Python-Markdown's name
    """The extension, as Python-Markdown asks for it."""
    return GlossaryExtension(**options)
