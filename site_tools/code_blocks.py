"""Marks, in a program's highlighted text, what is not the program: the lines it prints and the errors it raises.

`#> …` lines get the class `out` and `#! …` lines the class `err`, so that the style sheet can set them off from
comments. The text stays what it was: the copy button and the mouse copy all of it. A program that says what it
needs (`# requires: cuda`) gets a badge that says so before the reader starts it.

In docstrings, a doctest that stands between paragraphs becomes a code block too; Markdown alone would take `>>>`
for a quotation of a quotation of a quotation.
"""

from __future__ import annotations

import re

from markdown import Extension, Markdown
from markdown.postprocessors import Postprocessor
from markdown.preprocessors import Preprocessor

BLOCK = re.compile(r'<div class="language-python highlight">.*?</code></pre></div>', re.DOTALL)
# A line as pymdownx.highlight writes it: its span, perhaps a highlight, spaces, then a comment.
LINE = re.compile(
    r'<span id="__span-[^"]*">'
    r'(?P<rest>(?:<span class="hll">)?(?:<span class="w">\s*</span>|[ \t])*'
    r'<span class="c(?:1|h)">#(?P<mark>&gt;|!))'
)
# Each docstring and each signature counts its blocks from 0: on one page these ids would meet.
LINE_ID = re.compile(r'(<span(?: class="\w+")?) id="__span-[^"]*"')
FENCE = re.compile(r"^\s*(`{3,}|~{3,})")
REQUIRES = re.compile(r'<span class="c1"># requires: ([^<]+)</span>')
FILENAME = re.compile(r'(<span class="filename">.*?)(</span>)', re.DOTALL)


def mark(html: str) -> str:
    """The HTML of a page with the lines of its Python blocks marked."""
    return LINE_ID.sub(r"\1", BLOCK.sub(_mark_block, html))


def _mark_line(line: re.Match[str]) -> str:
    name = "err" if line["mark"] == "!" else "out"
    rest = line["rest"].replace('class="ch"', 'class="c1"')
    return f'<span class="{name}">{rest}'


def _mark_block(block: re.Match[str]) -> str:
    html = LINE.sub(_mark_line, block[0])
    badges = "".join(_badge(need) for need in REQUIRES.findall(html))
    if not badges:
        return html
    if FILENAME.search(html):
        return FILENAME.sub(lambda m: m[1] + badges + m[2], html, count=1)
    return html.replace("<pre>", f'<span class="filename">&nbsp;{badges}</span><pre>', 1)


def _badge(need: str) -> str:
    if need == "cuda":
        label, title = "GPU", "Runs on an NVIDIA GPU; the output shown comes from a run on one"
    elif gpus := re.fullmatch(r"(\d+) gpus", need):
        label, title = f"{gpus[1]} GPUs", f"Needs {gpus[1]} NVIDIA GPUs in one machine"
    else:
        label, title = f"needs {need}", f"Needs the optional installation {need}"
    return f'<span class="badge" title="{title}">{label}</span>'


def fence_doctests(lines: list[str]) -> list[str]:
    """The lines with a fence around each doctest that has none."""
    out: list[str] = []
    fence = ""
    doctest = False
    for line in lines:
        if not doctest and (mark := FENCE.match(line)) and fence in ("", mark[1]):
            fence = "" if fence else mark[1]
        if not fence and not doctest and line.startswith(">>> "):
            doctest = True
            out.append("```pycon")
        if doctest and not line.strip():
            doctest = False
            out.append("```")
        out.append(line)
    return [*out, "```"] if doctest else out


class DoctestPreprocessor(Preprocessor):
    """Works on the lines, before fences are read."""

    def run(self, lines: list[str]) -> list[str]:
        """Fences the doctests of one docstring or page."""
        return fence_doctests(lines)


class CodeBlocksPostprocessor(Postprocessor):
    """Works on the finished HTML of the page: highlighted code is not in the element tree."""

    def run(self, text: str) -> str:
        """Marks all blocks of the page."""
        return mark(text)


class CodeBlocksExtension(Extension):
    """Adds both processors."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802  # Python-Markdown's name
        """Registers them before fences are read (25), and after `raw_html` (30) puts highlighted code back."""
        md.preprocessors.register(DoctestPreprocessor(md), "doctests", 28)
        md.postprocessors.register(CodeBlocksPostprocessor(md), "code-blocks", 5)


def makeExtension(**options: object) -> CodeBlocksExtension:  # noqa: N802  # Python-Markdown's name
    """The extension, as Python-Markdown asks for it."""
    return CodeBlocksExtension(**options)
