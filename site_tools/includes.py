"""Says on which page an include failed, and which line to mend, instead of a traceback.

`pymdownx.snippets` does the including; this extension, listed after it, only translates its error.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from markdown import Extension, Markdown
from pymdownx.snippets import SnippetMissingError

from site_tools.page import SiteError, where


def explain(
    md: Markdown, run: Callable[[list[str]], list[str]]
) -> Callable[[list[str]], list[str]]:
    """`run`, the preprocessor's method, with an error that names the page and the include line."""

    def run_or_explain(lines: list[str]) -> list[str]:
        try:
            return run(lines)
        except SnippetMissingError as error:
            name = re.search(r"'([^']*)'", str(error))
            ends = (f':{name[1]}"', f'"{name[1]}"') if name else ()
            guilty = [
                line.strip() for line in lines if "8<" in line and line.rstrip().endswith(ends)
            ]
            include = f" The include is {guilty[0]}." if guilty else ""
            raise SiteError(
                f"{where(md)}: {error}.{include} Files are looked up in snippets/ and then in the repository's root; a "
                "section needs its `# --8<-- [start:name]` and `# --8<-- [end:name]` lines in the file."
            ) from error

    return run_or_explain


class IncludesExtension(Extension):
    """Wraps the preprocessor of `pymdownx.snippets`."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802  # Python-Markdown's name
        """Wraps it, if it is there."""
        if "snippet" in md.preprocessors:
            snippet: Any = md.preprocessors["snippet"]
            snippet.run = explain(md, snippet.run)


def makeExtension(**options: object) -> IncludesExtension:  # noqa: N802  # Python-Markdown's name
    """The extension, as Python-Markdown asks for it."""
    return IncludesExtension(**options)
