"""Puts a figure's SVG into the page, where it takes the page's colours and font.

    ![What the picture shows, for who cannot see it](figures/strides.svg "The caption, with *Markdown*.")

alone in a paragraph, or `NAME.ipynb#CELL` for a picture that a lab drew, becomes a `<figure>`. The picture follows the light and dark scheme because its colours become
CSS variables (see `site_tools.figures`), which an `<img>` could not do. A picture that is not there, or without
alt text or caption, stops the build.
"""

from __future__ import annotations

import re
from html import escape
from pathlib import PurePath
from xml.etree import ElementTree

from markdown import Extension, Markdown
from markdown.blockprocessors import BlockProcessor
from markdown.treeprocessors import Treeprocessor
from markdown.util import AtomicString

from site_tools import labs
from site_tools.figures import HEX, PAGE_COLOURS, SVG, XLINK, program_of
from site_tools.page import ROOT, Page, SiteError, page_of, where

FIGURE = re.compile(
    r"""\s{0,3}!\[(?P<alt>[^\]]*)\]\(\s*(?P<src>[^\s)]+\.(?:svg|ipynb#\d+))(?:\s+"(?P<caption>.*)")?\s*\)\s*$""",
    re.DOTALL,
)


def inline(svg: str, alt: str, prefix: str) -> str:
    """The text of an SVG file as an element of an HTML page.

    Args:
        svg: The file's text.
        alt: What the picture shows.
        prefix: Starts each id, so that two pictures can share a page.
    """
    root = ElementTree.fromstring(svg)  # noqa: S314  # a file of this repository
    for element in root.iter():
        element.tag = element.tag.removeprefix(SVG)
        _adapt(element, prefix)
        element.tail = None
        if not (element.text or "").strip():
            element.text = None
    # Wide and high as drawn, at most; the style sheet lets it shrink, and grow to a phone's full width.
    size = {key: root.attrib.pop(key).removesuffix("pt") for key in ("width", "height")}
    root.attrib.pop("version", None)
    root.set("width", size["width"])
    root.set("height", size["height"])
    root.set("style", "stroke-linejoin: round; stroke-linecap: butt")
    root.set("fill", "currentColor")
    root.set("role", "img")
    root.set("aria-label", alt)
    root.set("data-search-exclude", "")
    return ElementTree.tostring(root, encoding="unicode")


def _adapt(element: ElementTree.Element, prefix: str) -> None:
    """Gives one element the page's colours, font and ids."""
    if "id" in element.attrib:
        element.set("id", prefix + element.attrib["id"])
    if href := element.attrib.pop(f"{XLINK}href", None):
        # Not `href`: Material's instant navigation assigns to that of every element, and a <use> refuses.
        element.set("xlink:href", "#" + prefix + href.removeprefix("#"))
    style = element.get("style", "")
    for key in (
        "fill",
        "stroke",
    ):  # as attributes they would lose to nothing, but cannot hold var()
        if HEX.fullmatch(element.get(key, "")):
            style += f"; {key}: {element.attrib.pop(key)}"
    if style:
        style = HEX.sub(lambda m: PAGE_COLOURS.get(m[0].lower(), m[0]), style)
        style = style.replace("font-family: monospace", "font-family: var(--md-code-font-family)")
        element.set("style", style.removeprefix("; "))
    for key, value in element.attrib.items():
        if "url(#" in value:
            element.set(key, value.replace("url(#", f"url(#{prefix}"))


class FigureProcessor(BlockProcessor):
    """Turns a paragraph that holds a picture alone into a figure."""

    def __init__(self, md: Markdown) -> None:
        """Starts counting the page's figures."""
        super().__init__(md.parser)
        self.md = md

    def test(self, parent: ElementTree.Element, block: str) -> bool:
        """Whether the block is a picture."""
        return FIGURE.match(block) is not None

    def run(self, parent: ElementTree.Element, blocks: list[str]) -> None:
        """Makes the figure."""
        match = FIGURE.match(blocks.pop(0))
        if match is None:
            return
        src, alt = match["src"], " ".join(match["alt"].split())
        caption = " ".join((match["caption"] or "").replace('\\"', '"').split())
        page = page_of(self.md)
        self.check(page, src, alt, caption)
        if page is None:
            return
        svg = self.picture(page, src)
        prefix = re.sub(r"\W+", "-", f"{page.uri.removesuffix('.md')}-{PurePath(src).stem}-")
        figure = ElementTree.SubElement(parent, "figure", {"class": "figure"})
        picture = ElementTree.SubElement(figure, "div", {"class": "figure__picture"})
        picture.text = AtomicString(self.md.htmlStash.store(inline(svg, alt, prefix)))
        ElementTree.SubElement(figure, "figcaption").text = caption

    def picture(self, page: Page, src: str) -> str:
        """The text of the SVG file, or of the picture in a lab's notebook."""
        if ".ipynb#" in src:
            return labs.picture_at(page.path, src, where(self.md))
        path = (page.path.parent / src).resolve()
        try:
            return path.read_text(encoding="utf-8")
        except OSError as error:
            raise SiteError(
                f"{where(self.md)}: the figure {src} does not exist. If its program is "
                f"{program_of(path).relative_to(ROOT)}, draw it with `python -m site_tools.figures {page.slug}`."
            ) from error

    def check(self, page: Page | None, src: str, alt: str, caption: str) -> None:
        """Raises where the figure lacks a page, an alt text or a caption."""
        if not alt:
            raise SiteError(
                f"{where(self.md)}: the figure {src} has no alt text. Say between the brackets what the picture "
                f'shows, for a reader who cannot see it: ![…]({src} "…")'
            )
        if not caption:
            raise SiteError(
                f'{where(self.md)}: the figure {src} has no caption. Write it last: ![{escape(alt[:40])}…]({src} "…")'
            )
        if page is None:
            raise SiteError(
                f"{where(self.md)} shows the figure {src}: figures stand on pages only."
            )


class StrayImages(Treeprocessor):
    """Refuses pictures that did not become figures: those within a line, and bitmaps without alt text."""

    def run(self, root: ElementTree.Element) -> None:
        """Looks at each image."""
        for image in root.iter("img"):
            src = image.get("src", "")
            if not image.get("alt"):
                raise SiteError(
                    f"{where(self.md)}: the image {src} has no alt text: say what it shows between the brackets."
                )
            if "figures/" in src and src.endswith(".svg"):
                raise SiteError(
                    f"{where(self.md)}: the figure {src} must stand alone in its paragraph, with nothing before or "
                    "after it."
                )


class FigureExtension(Extension):
    """Adds both processors."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802  # Python-Markdown's name
        """Registers the processors: the first before paragraphs (10), the second after inline patterns (20)."""
        md.parser.blockprocessors.register(FigureProcessor(md), "figures", 75)
        md.treeprocessors.register(StrayImages(md), "stray-images", 14)


def makeExtension(**options: object) -> FigureExtension:  # noqa: N802  # Python-Markdown's name
    """The extension, as Python-Markdown asks for it."""
    return FigureExtension(**options)
