"""Which page is being converted, and how an extension says what is wrong with it.

The extensions are plain Python-Markdown extensions. What they need to know about the page (its file) they read
from the treeprocessor named `relpath` that MkDocs adds for each page; without it they work too and know less.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mkdocs.exceptions import BuildError

if TYPE_CHECKING:
    from markdown import Markdown

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"


class SiteError(BuildError):
    """A mistake on a page: stops the build with one sentence instead of a traceback."""


@dataclass(frozen=True)
class Page:
    """A page of the site.

    Attributes:
        uri: The page's file below the folder of pages, with forward slashes: `tensors/views.md`.
        path: The file itself.
    """

    uri: str
    path: Path

    @property
    def slug(self) -> str:
        """The chapter the page belongs to: its first folder, or nothing for a page at the top."""
        return self.uri.partition("/")[0] if "/" in self.uri else ""

    def link_to(self, target: str) -> str:
        """A relative link from this page to `target`, a file below the folder of pages, `#anchor` allowed."""
        file, hash_, anchor = target.partition("#")
        return posixpath.relpath(file, posixpath.dirname(self.uri) or ".") + hash_ + anchor

    def url_path(self) -> str:
        """The page's address below the site's: `tensors/views/`."""
        stem = self.uri.removesuffix(".md")
        if stem == "index":
            return ""
        return stem.removesuffix("/index") + "/"


def page_of(md: Markdown) -> Page | None:
    """The page that `md` converts, or on which the docstring stands that it converts; None outside MkDocs."""
    if "relpath" not in md.treeprocessors:
        return None
    file = getattr(md.treeprocessors["relpath"], "file", None)
    if file is None or file.abs_src_path is None:
        return None
    return Page(file.src_uri, Path(file.abs_src_path))


def where(md: Markdown) -> str:
    """The page's name for an error message."""
    page = page_of(md)
    return f"docs/{page.uri}" if page else "a page outside MkDocs"


def plain(markdown: str) -> str:
    """`markdown`, one paragraph, as plain text: for a tooltip or a title."""
    text = re.sub(r"\[([^\]]+)\]\([^)]*\)|\[([^\]]+)\]\[[^\]]*\]", r"\1\2", markdown)
    text = re.sub(r"\{[:#.][^}]*\}", "", text)
    text = re.sub(r"(`+)(.+?)\1", r"\2", text)
    text = re.sub(r"(\*\*|__|\*)(\S.*?)\1", r"\2", text)
    return " ".join(text.replace("$", "").split())
