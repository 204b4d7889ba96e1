"""A macro: a block of a page, `{name}` on a line of its own, that an extension replaces by something computed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

from markdown.blockprocessors import BlockProcessor

if TYPE_CHECKING:
    from xml.etree import ElementTree

    from markdown import Markdown


class MacroProcessor(BlockProcessor):
    """Takes the blocks that are the macro; a subclass says in `run` what it puts there.

    Attributes:
        macro: what the whole block must match.
        md: the converter, which knows the page.
    """

    macro: ClassVar[re.Pattern[str]]

    def __init__(self, md: Markdown) -> None:
        """Keeps the converter."""
        super().__init__(md.parser)
        self.md = md

    def test(self, parent: ElementTree.Element, block: str) -> bool:
        """Whether the block is the macro."""
        return self.macro.fullmatch(block.strip()) is not None
