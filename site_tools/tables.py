"""Makes the empty corner of a table an ordinary cell.

Markdown has a header row in every table; where its first cell is empty, a screen reader would announce a heading
without a name.
"""

from __future__ import annotations

from xml.etree import ElementTree

from markdown import Extension, Markdown
from markdown.treeprocessors import Treeprocessor


class TablesTreeprocessor(Treeprocessor):
    """Turns empty `<th>` into `<td>`."""

    def run(self, root: ElementTree.Element) -> None:
        """Looks at each header cell."""
        for cell in root.iter("th"):
            if not len(cell) and not (cell.text or "").strip():
                cell.tag = "td"


class TablesExtension(Extension):
    """Adds the treeprocessor."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802  # Python-Markdown's name
        """Registers it after inline patterns (20)."""
        md.treeprocessors.register(TablesTreeprocessor(md), "tables", 7)


def makeExtension(**options: object) -> TablesExtension:  # noqa: N802  # Python-Markdown's name
    """The extension, as Python-Markdown asks for it."""
    return TablesExtension(**options)
