"""Offers each page with programs as a notebook: a link beside the title that holds the notebook itself.

The notebook is the page's own Markdown, taken after the includes are resolved: programs become code cells, the rest
Markdown that Jupyter renders. A figure becomes the program that draws it, a folded answer is unfolded, a box becomes
a quotation, a link leads to the site. The link is a `data:` address, so nothing is fetched and no script is needed.
"""

from __future__ import annotations

import json
import posixpath
import re
import textwrap
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urljoin, urlsplit
from xml.etree import ElementTree

from markdown import Extension, Markdown
from markdown.preprocessors import Preprocessor
from markdown.treeprocessors import Treeprocessor

from site_tools import class_logs, labs, memory_calculator
from site_tools.figures import program_of
from site_tools.inline_figures import FIGURE
from site_tools.page import Page, page_of

FENCE = re.compile(r"^(?P<fence>`{3,}|~{3,}) *\{?\.?(?P<language>[\w-]*)(?P<rest>.*)$")
TITLE = re.compile(r'title="([^"]*)"')
BOX = re.compile(r'^(?P<mark>!!!|\?\?\?\+?) +(?P<kind>[\w -]+?)(?: +"(?P<title>[^"]*)")? *$')
TAB = re.compile(r'^===[!+]? +"(?P<title>[^"]*)" *$')
HEADING = re.compile(r"^#{1,6} ")
ATTRIBUTES = re.compile(r" *\{:? *[#.][^{}`]*\}")
LITERAL = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)|\$[^$]+\$", re.DOTALL)
LINK = re.compile(r'(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(\s*([^\s)]+)(?:\s+"[^"]*")?\s*\)')
REFERENCE = re.compile(r"\[([^\[\]]+)\]\[[^\[\]]*\]")

ICON = (
    "M6 2h12a2 2 0 0 1 2 2v16a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2v-2H2v-2h2v-3H2v-2h2V8H2V6h2V4a2 2 0 0 1 2-2m0 2v16h12V4zm"
    "5 3h2v4h2l-3 3.5L9 11h2zm-2.5 9h7v1.7h-7z"
)


@dataclass
class Cells:
    """The cells of a notebook, as they come together.

    Attributes:
        page: The page they are made from.
        site_url: Where the site stands; links become text without it.
        cells: What is finished.
        text: The lines of the Markdown cell being written.
    """

    page: Page
    site_url: str
    cells: list[dict[str, Any]] = field(default_factory=list)
    text: list[str] = field(default_factory=list)

    def add(self, kind: str, source: str, metadata: dict[str, Any]) -> None:
        """Appends a cell."""
        cell: dict[str, Any] = {"cell_type": kind, "id": f"cell-{len(self.cells) + 1}"}
        cell |= {"metadata": metadata, "source": source}
        if kind == "code":
            cell |= {"execution_count": None, "outputs": []}
        self.cells.append(cell)

    def flush(self) -> None:
        """Finishes the Markdown cell being written."""
        source = "\n".join(self.text).strip()
        self.text.clear()
        if source:
            self.add("markdown", source, {})

    def code(self, source: str, title: str = "") -> None:
        """Appends a program."""
        self.flush()
        metadata: dict[str, Any] = {"name": title} if title else {}
        if re.search(r"^\s*#! (?!\w*Warning\b)", source, re.MULTILINE):
            metadata["tags"] = ["raises-exception"]  # "Run all" goes on behind an error on purpose
        self.add("code", source.rstrip(), metadata)

    def read(self, lines: list[str], quote: str = "") -> None:
        """Turns Markdown lines into cells; `quote` starts each line of text within a box."""
        position = 0
        while position < len(lines):
            line = lines[position]
            if fence := FENCE.match(line):
                end = _fence_end(lines, position, fence["fence"])
                self.fence(fence, lines[position + 1 : end], quote)
                position = end + 1
            elif box := BOX.match(line):
                end = _indented_end(lines, position)
                self.box(box, _dedent(lines[position + 1 : end]), quote)
                position = end
            elif tab := TAB.match(line):
                end = _indented_end(lines, position)
                self.text += ["", f"{quote}**{tab['title']}**", ""]
                self.read(_dedent(lines[position + 1 : end]), quote)
                position = end
            elif line.startswith("    ") and _holds_more_than_text(
                inner := _dedent(lines[position : _indented_end(lines, position)])
            ):
                self.read(inner, quote)  # what belongs to an item of a list
                position = _indented_end(lines, position)
            else:
                end = position + 1
                while line.strip() and end < len(lines) and _continues(lines[end]):
                    end += 1
                self.paragraph(lines[position:end], quote)
                position = end

    def fence(self, fence: re.Match[str], body: list[str], quote: str) -> None:
        """A fence: a code cell if it is a program that a cell can run."""
        source = "\n".join(body)
        title = TITLE.search(fence["rest"])
        if fence["language"] == "python" and not re.search(
            "^# run: torchrun", source, re.MULTILINE
        ):
            self.code(source, title[1] if title else "")
            return
        marks = ["", f"{fence['fence']}{fence['language']}", *body, fence["fence"], ""]
        self.text += [f"{quote}{line}".rstrip() for line in marks]

    def box(self, box: re.Match[str], body: list[str], quote: str) -> None:
        """An admonition becomes a quotation; a folded one a section."""
        title = box["title"] or box["kind"].split()[0].capitalize()
        if box["mark"].startswith("?"):
            self.text += ["", f"{quote}#### {title}", ""]
            self.read(body, quote)
        else:
            self.text += ["", f"{quote}> **{title}**", f"{quote}>"]
            self.read(body, quote + "> ")
            self.text.append("")

    def paragraph(self, lines: list[str], quote: str) -> None:
        """A paragraph, a heading, a list: anything that stays Markdown, a figure or a macro."""
        block = "\n".join(lines)
        if figure := FIGURE.match(block):
            self.figure(figure)
            return
        if macro := class_logs.MACRO.fullmatch(block.strip()):
            lines = class_logs.to_markdown(macro).splitlines()
        if memory_calculator.MACRO.fullmatch(block.strip()):
            lines = memory_calculator.to_markdown().splitlines()
        if HEADING.match(block):
            self.flush()
        self.text += [
            f"{quote}{line}".rstrip() for line in self.inline("\n".join(lines)).split("\n")
        ]

    def figure(self, figure: re.Match[str]) -> None:
        """A figure becomes its program, or words where the program needs a file beside it."""
        path = (self.page.path.parent / figure["src"]).resolve()
        program = program_of(path)
        caption = self.inline(" ".join((figure["caption"] or "").split()))
        source = program.read_text(encoding="utf-8").strip() if program.is_file() else ""
        if source and "__file__" not in source:
            self.code(source, f"{program.parent.parent.name}/figures/{program.name}")
            self.text += ["", f"*Figure.* {caption}", ""]
        else:
            alt = " ".join(figure["alt"].split())
            self.text += ["", f"*Figure, on the page:* {alt} {caption}", ""]

    def inline(self, text: str) -> str:
        """Rewrites links and takes out what only the site understands, outside code."""
        kept: list[str] = []

        def put_aside(literal: re.Match[str]) -> str:
            kept.append(literal[0])
            return f"\x00{len(kept) - 1}\x00"

        # Code and formulas are put aside meanwhile: a link's text may hold some.
        text = LITERAL.sub(put_aside, text)
        text = ATTRIBUTES.sub("", text)
        text = LINK.sub(self.link, text)
        text = REFERENCE.sub(r"\1", text)
        text = re.sub(r"^\[\^([\w-]+)\]:", r"[\1]", text, flags=re.MULTILINE)
        text = re.sub(r"\[\^([\w-]+)\]", r"[\1]", text)
        return re.sub("\x00(\\d+)\x00", lambda m: kept[int(m[1])], text)

    def link(self, link: re.Match[str]) -> str:
        """One link, made absolute."""
        image, text, target = link.groups()
        if image:
            return text
        if urlsplit(target).scheme:
            return f"[{text}]({target})"
        if not self.site_url:
            return text
        file = re.split("[?#]", target, maxsplit=1)[0]
        uri = posixpath.normpath(posixpath.join(posixpath.dirname(self.page.uri), file))
        path = Page(uri, self.page.path).url_path() if file else self.page.url_path()
        return f"[{text}]({urljoin(self.site_url, path)}{target[len(file) :]})"


def _fence_end(lines: list[str], start: int, fence: str) -> int:
    for number in range(start + 1, len(lines)):
        if lines[number].strip() == fence:
            return number
    return len(lines)


def _indented_end(lines: list[str], start: int) -> int:
    end = start + 1
    while end < len(lines) and (not lines[end].strip() or lines[end].startswith("    ")):
        end += 1
    return end


def _holds_more_than_text(lines: list[str]) -> bool:
    return any(FENCE.match(line) or BOX.match(line) or TAB.match(line) for line in lines)


def _continues(line: str) -> bool:
    return bool(line.strip()) and not (FENCE.match(line) or BOX.match(line) or TAB.match(line))


def _dedent(lines: list[str]) -> list[str]:
    return textwrap.dedent("\n".join(lines)).strip("\n").split("\n")


def notebook(markdown: str, page: Page, title: str, site_url: str) -> dict[str, Any] | None:
    """The page `markdown`, with its includes resolved, as a notebook; None if it holds no program."""
    if not any(mark in markdown for mark in ("```", "~~~", "![")):
        return None  # a docstring, most often: MkDocs converts thousands of them, each like a page
    cells = Cells(page, site_url)
    cells.text.append(opening(page, title, site_url))
    cells.flush()
    cells.read(markdown.split("\n"))
    cells.flush()
    if not any(cell["cell_type"] == "code" for cell in cells.cells):
        return None
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return {
        "cells": cells.cells,
        "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def lab_notebook(page: Page, title: str, site_url: str) -> dict[str, Any]:
    """The notebook of a lab's page, with its outputs."""
    cells = Cells(page, site_url)
    return labs.to_download(
        labs.notebook_beside(page.path), cells.inline, opening(page, title, site_url)
    )


def opening(page: Page, title: str, site_url: str) -> str:
    """The first cell: where the notebook comes from, and what it needs."""
    address = f"[{title}]({urljoin(site_url, page.url_path())})" if site_url else title
    return (
        f"> This notebook is the page {address}. Its cells need PyTorch, and matplotlib for the figures; a cell that "
        "imports `reference_impl` needs that package of the project installed."
    )


def filename(page: Page) -> str:
    """What the downloaded file is called."""
    return (page.url_path().strip("/").replace("/", "-") or "class-logs") + ".ipynb"


def address(content: dict[str, Any]) -> str:
    """The notebook as a `data:` address."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return "data:application/x-ipynb+json;charset=utf-8," + quote(text, safe="!*'(),;:@/?=+$~-._")


class NotebookPreprocessor(Preprocessor):
    """Makes the notebook from the page's Markdown."""

    content: dict[str, Any] | None = None

    def run(self, lines: list[str]) -> list[str]:
        """Keeps the notebook for the treeprocessor; the page's text stays as it is."""
        page = page_of(self.md)
        self.content = None
        if page is not None:
            config = getattr(self.md.treeprocessors["relpath"], "config", None) or {}
            site_url = config.get("site_url") or ""
            if labs.is_lab(page, lines):
                self.content = lab_notebook(page, labs.title(page.path), site_url)
                return lines
            heading = next((line for line in lines if line.startswith("# ")), "# " + page.uri)
            title = ATTRIBUTES.sub("", heading[2:]).strip()
            self.content = notebook("\n".join(lines), page, title, site_url)
        return lines


class NotebookTreeprocessor(Treeprocessor):
    """Puts the link on the page."""

    def __init__(self, md: Markdown, made: NotebookPreprocessor) -> None:
        """Keeps the preprocessor that makes the notebook."""
        super().__init__(md)
        self.made = made

    def run(self, root: ElementTree.Element) -> None:
        """Inserts the link before the title, where Material has its page actions."""
        page = page_of(self.md)
        if page is None or self.made.content is None:
            return
        link = ElementTree.Element(
            "a",
            {
                "class": "md-content__button md-icon notebook",
                "download": filename(page),
                "href": address(self.made.content),
                "title": "Download this page as a notebook",
            },
        )
        svg = ElementTree.SubElement(link, "svg", {"viewBox": "0 0 24 24", "aria-hidden": "true"})
        ElementTree.SubElement(svg, "path", {"d": ICON})
        root.insert(0, link)


class NotebookExtension(Extension):
    """Adds both processors."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802  # Python-Markdown's name
        """Registers them after the includes (32) and after everything else that reads the tree."""
        made = NotebookPreprocessor(md)
        md.preprocessors.register(made, "notebook", 31)
        md.treeprocessors.register(NotebookTreeprocessor(md, made), "notebook", -10)


def makeExtension(**options: object) -> NotebookExtension:  # noqa: N802  # Python-Markdown's name
    """The extension, as Python-Markdown asks for it."""
    return NotebookExtension(**options)
