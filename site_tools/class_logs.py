"""Shows the lines of the class logs, from their one data file docs/class_logs.yml.

On a page of its own line,

    {class_logs}       becomes the index: every line of the logs by day, with its verdict and its home
    {log P2 P4}        becomes a box with these lines: what they say, the verdict, the short answer

An unknown id, or a data file that breaks the schema, stops the build.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from xml.etree import ElementTree

import yaml
from markdown import Extension, Markdown

from site_tools.macro import MacroProcessor
from site_tools.page import DOCS, SiteError, page_of, plain, where

DATA = DOCS / "class_logs.yml"
INDEX = "class_logs.md"

KINDS = ("fact", "fix", "ask", "fig", "todo")
# Verdict: the name of its colour in the style sheet.
VERDICTS = {
    "right": "right",
    "right, with a reservation": "right",
    "half right": "half",
    "wrong": "wrong",
    "answered": "answered",
    "redrawn": "answered",
    "taught": "answered",
}
#: The chapters in the order of the book; labs stand last.
CHAPTERS = {
    "tensors": "Tensors",
    "autograd": "Autograd",
    "modules": "Modules",
    "optimizers": "Optimizers",
    "data": "Data",
    "saving": "Saving and loading",
    "attention": "Attention",
    "tokenizers": "Tokenizers",
    "position_embeddings": "Position embeddings",
    "bert": "BERT",
    "t5": "T5",
    "gpt": "GPT",
    "scaling_laws": "Scaling laws",
    "distributed": "Distributed training",
    "memory": "Memory",
    "mixed_precision": "Mixed precision",
    "labs": "Labs",
}

MACRO = re.compile(r"\{(?P<name>class_logs|log)(?P<ids>[^{}\n]*)\}")
ID = re.compile(r"[A-Z]\d{1,2}")


@dataclass(frozen=True)
class Line:
    """One line of the logs.

    Attributes:
        id: Its name, such as `P2`.
        kind: What the student did: one of KINDS.
        log: What the line says, in our words; Markdown.
        chapter: The slug of the chapter that answers it.
        verdict: One of VERDICTS.
        answer: The short answer; Markdown.
        home: The page and the heading that show it, `tensors/views.md#permute-is-a-view`.
    """

    id: str
    kind: str
    log: str
    chapter: str
    verdict: str
    answer: str
    home: str

    @property
    def anchor(self) -> str:
        """The line's anchor on the index page."""
        return f"log-{self.id.lower()}"


@dataclass(frozen=True)
class Day:
    """One class weekend.

    Attributes:
        date: As the student wrote it.
        topic: What the day was about.
        lines: Its lines, in the order of the log.
    """

    date: str
    topic: str
    lines: tuple[Line, ...]


def load(path: Path = DATA) -> tuple[Day, ...]:
    """The days in the data file at `path`.

    Raises:
        ValueError: The file breaks the schema; the message names the file, the entry and what to write.
    """
    return _load(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=4)
def _load(path: Path, _modified: int) -> tuple[Day, ...]:
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise ValueError(f"{path.name} is not YAML: {error}") from error
    listed = data.get("days") if isinstance(data, dict) else None
    if not listed or not isinstance(listed, list):
        raise ValueError(f"{path.name} must hold one key `days` with a list of days")
    days = tuple(_day(path.name, number, day) for number, day in enumerate(listed, 1))
    seen: set[str] = set()
    for line in (line for day in days for line in day.lines):
        if line.id in seen:
            raise ValueError(f"{path.name}: the id {line.id} is used twice; each line has its own")
        seen.add(line.id)
    return days


def _day(file: str, number: int, data: object) -> Day:
    if not isinstance(data, dict) or set(data) != {"date", "topic", "lines"}:
        keys = sorted(data) if isinstance(data, dict) else data
        raise ValueError(
            f"{file}: day {number} must have the keys date, topic and lines, got {keys}"
        )
    if not isinstance(data["lines"], list) or not data["lines"]:
        raise ValueError(f"{file}: day {number} has no list of lines")
    return Day(str(data["date"]), str(data["topic"]), tuple(_line(file, x) for x in data["lines"]))


def _line(file: str, data: object) -> Line:
    if not isinstance(data, dict) or "id" not in data:
        raise ValueError(f"{file}: each line needs an `id`, got {data!r}")
    at = f"{file}: line {data['id']}"
    if wrong := [k for k, v in data.items() if not isinstance(v, str) or not v.strip()]:
        raise ValueError(f"{at}: {', '.join(wrong)} must be a text that is not empty")
    if not ID.fullmatch(data["id"]):
        raise ValueError(f"{at}: an id is a capital letter and a number, such as P2")
    known = Line.__dataclass_fields__
    if absent := [key for key in known if key not in data]:
        raise ValueError(f"{at} lacks {', '.join(absent)}")
    if unknown := sorted(set(data) - set(known)):
        raise ValueError(f"{at} has the unknown key {unknown[0]}; known are {', '.join(known)}")
    for key, allowed in (("kind", KINDS), ("chapter", CHAPTERS), ("verdict", VERDICTS)):
        if data[key] not in allowed:
            raise ValueError(f"{at}: {key} must be one of {', '.join(allowed)}; got {data[key]!r}")
    if not re.fullmatch(r"[\w/-]+\.md#[\w.-]+", data["home"]):
        raise ValueError(
            f"{at}: home must name a page and a heading, like tensors/views.md#strides; got {data['home']!r}"
        )
    return Line(**{key: " ".join(value.split()) for key, value in data.items()})


def section_title(home: str) -> str:
    """What a link to `home` says: the page's title and the heading, as they stand in the page's source."""
    file, _, anchor = home.partition("#")
    path = DOCS / file
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    page = re.search(r"^title: *[\"']?(.+?)[\"']? *$", text, re.MULTILINE)
    heading = re.search(
        rf"^#+ +(.+?) *\{{[^}}]*#{re.escape(anchor)}\b[^}}]*\}}", text, re.MULTILINE
    )
    section = plain(heading[1]) if heading else anchor.replace("-", " ").capitalize()
    return f"{plain(page[1])}: {section}" if page else section


def to_markdown(macro: re.Match[str]) -> str:
    """The lines a macro stands for, as plain Markdown: for the notebook."""
    wanted = macro["ids"].split()
    lines = [line for day in load() for line in day.lines if line.id in wanted or not wanted]
    out = []
    for line in lines:
        out += [
            f"> **{line.id}**, the log: {line.log}",
            ">",
            f"> **{line.verdict.capitalize()}.** {line.answer}",
            "",
        ]
    return "\n".join(out)


class ClassLogsProcessor(MacroProcessor):
    """Replaces a block that is one macro."""

    macro = MACRO

    def run(self, parent: ElementTree.Element, blocks: list[str]) -> None:
        """Writes the index or the box."""
        block = blocks.pop(0).strip()
        match = MACRO.fullmatch(block)
        if match is None:
            return
        try:
            days = load()
        except (OSError, ValueError) as error:
            raise SiteError(f"{where(self.md)}: {error}") from error
        ids = match["ids"].split()
        if match["name"] == "class_logs":
            if ids:
                raise SiteError(f"{where(self.md)}: write {{class_logs}} without ids, got {block}")
            self.index(parent, days)
            return
        by_id = {line.id: line for day in days for line in day.lines}
        if not ids or (unknown := [name for name in ids if name not in by_id]):
            what = f"unknown id {', '.join(unknown)}" if ids else "no id"
            raise SiteError(
                f"{where(self.md)}: {block} has {what}. Ids stand in docs/class_logs.yml; write {{log P2}} or "
                "{log P2 P4}."
            )
        self.box(parent, [by_id[name] for name in ids])

    def index(self, parent: ElementTree.Element, days: tuple[Day, ...]) -> None:
        """The whole index, one heading and list for each day."""
        for day in days:
            heading = ElementTree.SubElement(parent, "h2")
            heading.set("id", "day-" + re.sub(r"\W+", "-", day.date))
            heading.text = f"{day.date} · {day.topic}"
            rows = ElementTree.SubElement(parent, "ul", {"class": "logs"})
            for line in day.lines:
                row = ElementTree.SubElement(rows, "li", {"class": "log", "id": line.anchor})
                self.row(row, line, in_index=True)

    def box(self, parent: ElementTree.Element, lines: list[Line]) -> None:
        """The box on a chapter's page."""
        box = ElementTree.SubElement(
            parent, "div", {"class": "log-box", "role": "group", "aria-label": "From the log"}
        )
        ElementTree.SubElement(box, "p", {"class": "log-box__title"}).text = "From the log"
        rows = ElementTree.SubElement(box, "ul", {"class": "logs"})
        for line in lines:
            self.row(ElementTree.SubElement(rows, "li", {"class": "log"}), line, in_index=False)

    def row(self, row: ElementTree.Element, line: Line, *, in_index: bool) -> None:
        """One line: its id, what it says, verdict, short answer, home."""
        page = page_of(self.md)
        link_to = page.link_to if page else str
        id_link = f"#{line.anchor}" if in_index else link_to(f"{INDEX}#{line.anchor}")
        label = {} if in_index else {"title": f"Line {line.id} in the index of the class logs"}
        ElementTree.SubElement(
            row, "a", {"class": "log__id", "href": id_link, **label}
        ).text = line.id
        says = ElementTree.SubElement(row, "p", {"class": "log__says"})
        says.text = line.log
        answer = ElementTree.SubElement(row, "p", {"class": "log__answer"})
        badge = ElementTree.SubElement(
            answer, "span", {"class": f"verdict verdict--{VERDICTS[line.verdict]}"}
        )
        badge.text = line.verdict[0].upper() + line.verdict[1:]
        badge.tail = f" {line.answer} "
        if in_index or page is None or page.uri != line.home.partition("#")[0]:
            home = ElementTree.SubElement(
                answer, "a", {"class": "log__home", "href": link_to(line.home)}
            )
            home.text = section_title(line.home)


class ClassLogsExtension(Extension):
    """Adds the processor."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802  # Python-Markdown's name
        """Registers the processor before paragraphs (10) and lists."""
        md.parser.blockprocessors.register(ClassLogsProcessor(md), "class-logs", 76)


def makeExtension(**options: object) -> ClassLogsExtension:  # noqa: N802  # Python-Markdown's name
    """The extension, as Python-Markdown asks for it."""
    return ClassLogsExtension(**options)
