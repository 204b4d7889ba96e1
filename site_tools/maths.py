r"""Renders the formulas when the site is built: LaTeX in, MathML out, nothing left for the reader's browser to run.

`pymdownx.arithmatex` (with `generic: true`) finds `$…$` and `$$…$$`; this extension converts what it found with
[math-core](https://pypi.org/project/math-core/). A formula that does not convert stops the build and names the page.

Options:
    font: The font file the formulas are shown in, relative to the project's root; the build stops if it is not there.
"""

from __future__ import annotations

import html
import re
from xml.etree import ElementTree

from markdown import Extension, Markdown
from markdown.treeprocessors import Treeprocessor
from math_core import LatexError, LatexToMathML

from site_tools.maths_font import missing
from site_tools.page import ROOT, SiteError, where

# After inline patterns (20), which make the spans; before the table of contents (5), which reads headings.
PRIORITY = 15

XML_ENTITIES = {"&lt;", "&gt;", "&amp;", "&quot;", "&apos;"}
NOT_PROSE = {"code", "pre", "math", "script", "style", "svg"}


def convert(latex: str, *, block: bool) -> ElementTree.Element:
    """The formula `latex` as a `<math>` element.

    Raises:
        ValueError: What is wrong with the formula, in words.
    """
    converter = LatexToMathML(fancy_error=False)
    try:
        mathml = converter.convert_with_local_state(latex, displaystyle=block)
    except LatexError as error:
        position, _, reason = str(error).partition(": ")
        raise ValueError(f"{reason} (character {position} of the formula)") from error
    if absent := missing(html.unescape(re.sub(r"<[^>]*>", "", mathml))):
        raise ValueError(
            f"The served mathematics font lacks {' '.join(sorted(absent))}: add them to CODE_POINTS in "
            "site_tools/maths_font.py, or write the formula without them."
        )
    # XML knows five named entities, HTML two thousand; math-core writes HTML.
    xml = re.sub(
        r"&[A-Za-z]+;", lambda m: m[0] if m[0] in XML_ENTITIES else html.unescape(m[0]), mathml
    )
    return ElementTree.fromstring(xml)  # noqa: S314  # math-core's own output, made a line above


class MathsTreeprocessor(Treeprocessor):
    """Replaces the LaTeX in arithmatex's spans and blocks by MathML."""

    def __init__(self, md: Markdown, font: str) -> None:
        """Keeps the name of the font to look for."""
        super().__init__(md)
        self.font = font

    def run(self, root: ElementTree.Element) -> None:
        """Converts each formula below `root`."""
        for element in root.iter():
            if element.get("class") == "arithmatex":
                self.render(element)
        self.check_prose(root)

    def render(self, element: ElementTree.Element) -> None:
        """Converts one formula in place."""
        block = element.tag == "div"
        latex = (element.text or "")[2:-2].strip()
        if block:
            latex = html.unescape(latex)  # arithmatex escapes in blocks, not in lines
        try:
            formula = convert(latex, block=block)
        except ValueError as error:
            raise SiteError(
                f"{where(self.md)}: cannot render the formula {latex!r}. {error}"
            ) from error
        if self.font and not (ROOT / self.font).is_file():
            raise SiteError(
                f"{where(self.md)} has formulas and their font {self.font} is not made yet: "
                "run `python -m site_tools.prepare` first (the Makefile does)."
            )
        element.text = None
        element.set("class", "formula formula--block" if block else "formula")
        element.append(formula)

    def check_prose(self, element: ElementTree.Element) -> None:
        """Raises where LaTeX stayed behind in the text: dollars that arithmatex did not take for a formula."""
        if element.tag in NOT_PROSE:
            return
        for text in (element.text, *(child.tail for child in element)):
            if text and (stray := re.search(r"\$\$|\$[^$]*\\[A-Za-z]{2,}", text)):
                raise SiteError(
                    f"{where(self.md)}: a formula was not recognised near {text[stray.start() :][:60]!r}. "
                    "Write `$…$` without a space inside the dollars, and `$$…$$` as a paragraph of its own."
                )
        for child in element:
            self.check_prose(child)


class MathsExtension(Extension):
    """Adds the treeprocessor."""

    def __init__(self, **options: object) -> None:
        """Declares the options."""
        self.config = {"font": ["", "The font that must exist, relative to the project's root"]}
        super().__init__(**options)

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802  # Python-Markdown's name
        """Registers the treeprocessor."""
        md.treeprocessors.register(
            MathsTreeprocessor(md, self.getConfig("font")), "maths", PRIORITY
        )


def makeExtension(**options: object) -> MathsExtension:  # noqa: N802  # Python-Markdown's name
    """The extension, as Python-Markdown asks for it."""
    return MathsExtension(**options)
