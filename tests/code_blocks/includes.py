"""Turn the include lines of a fence into the text that the page shows.

The resolution is pymdownx's own, with the options of `mkdocs.yml`: what is run is what is rendered.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import markdown
import yaml
from pymdownx.snippets import SnippetExtension, SnippetMissingError, SnippetPreprocessor

from tests.code_blocks.fences import ROOT, BlockError, Fence, relative

_INCLUDE = re.compile(r'--8<-- "(?P<path>[^":\s]+)(?::(?P<section>\w+))?"')


@dataclass(frozen=True)
class Include:
    """One include line: a whole file, or a named section of one."""

    path: str
    section: str | None

    def __str__(self) -> str:
        return f"{self.path}:{self.section}" if self.section else self.path


@dataclass(frozen=True)
class Line:
    """One line that the page shows, and where it comes from."""

    text: str
    number: int


@dataclass(frozen=True)
class Block:
    """The text behind one Python fence."""

    fence: Fence
    includes: tuple[Include, ...]
    file: Path
    lines: tuple[Line, ...]

    @property
    def name(self) -> str:
        """What the block is called in test ids: its file and sections, never a line number."""
        sections = [include.section for include in self.includes if include.section]
        return (
            ":".join([self.includes[0].path, "+".join(sections)])
            if sections
            else str(self.includes[0])
        )

    @property
    def text(self) -> str:
        """The block as it is shown and pasted."""
        return "\n".join(line.text for line in self.lines) + "\n"

    def where(self, line: int) -> str:
        """File and line of the block's `line` (from 1)."""
        return f"{relative(self.file)}:{self.lines[min(line, len(self.lines)) - 1].number}"


class _AnyTag(yaml.SafeLoader):
    """Reads `mkdocs.yml` without importing what its `!!python/name` tags name."""


def _tagged(_: yaml.Loader, tag: str, node: yaml.Node) -> str | None:
    """`!relative $config_dir/X` is the folder X beside mkdocs.yml; other tags don't concern us."""
    if tag != "!relative":
        return None
    return str(ROOT / str(node.value).removeprefix("$config_dir").lstrip("/"))


_AnyTag.add_multi_constructor("", _tagged)


@functools.cache
def _preprocessor() -> Any:  # pymdownx publishes no types
    config = yaml.load(
        (ROOT / "mkdocs.yml").read_text(encoding="utf-8"), Loader=_AnyTag
    )  # a SafeLoader
    options: dict[str, Any] = {}
    for extension in config["markdown_extensions"]:
        if isinstance(extension, dict) and "pymdownx.snippets" in extension:
            options = dict(extension["pymdownx.snippets"])
    options["base_path"] = [str(ROOT / base) for base in options["base_path"]]
    return SnippetPreprocessor(SnippetExtension(**options).getConfigs(), markdown.Markdown())


def resolve(lines: list[str]) -> list[str]:
    """The lines with each include replaced by what it names, as the site's build does it."""
    resolved: list[str] = _preprocessor().run(lines)
    return resolved


def block_of(fence: Fence) -> Block:
    """Resolve the includes of a Python fence.

    Raises:
        BlockError: the fence holds something else than includes of one file, its title is not that
            file, or the file or the section is not there.
    """
    includes = []
    for offset, line in enumerate(fence.source.splitlines(), start=1):
        match = _INCLUDE.fullmatch(line.strip())
        if match is None:
            message = (
                f"{relative(fence.page)}:{fence.line + offset}: a python fence holds include lines only, got {line!r}\n"
                '  put the program into snippets/ and write: --8<-- "CHAPTER/NAME.py"'
            )
            raise BlockError(message)
        includes.append(Include(match["path"], match["section"]))
    if not includes:
        raise BlockError(f"{fence.where}: this python fence is empty: expected an include line")
    if len({include.path for include in includes}) > 1:
        raise BlockError(
            f"{fence.where}: one fence shows sections of one file, got {', '.join(map(str, includes))}"
        )
    if len(set(includes)) < len(includes):
        raise BlockError(f"{fence.where}: the same include stands twice in one fence")
    path = includes[0].path
    if fence.title != path:
        raise BlockError(
            f'{fence.where}: expected {{title="{path}"}}, the file that the fence shows, got {fence.title!r}'
        )
    try:
        file = Path(_preprocessor_path(path))
        texts = [resolve([f'--8<-- "{include}"']) for include in includes]
    except SnippetMissingError as error:
        known = _sections(file) if "file" in locals() else []
        hint = (
            f"; its sections: {', '.join(known) or 'none'}"
            if "file" in locals()
            else " under snippets/ or the root"
        )
        raise BlockError(f"{fence.where}: {error}{hint}") from None
    return Block(fence, tuple(includes), file, tuple(_numbered(file, includes, texts)))


def _preprocessor_path(path: str) -> str:
    preprocessor = _preprocessor()
    preprocessor.bases = None
    found: str | None = preprocessor.get_snippet_path(path)
    if found is None:
        raise SnippetMissingError(f"no file {path!r}")
    return found


def _sections(file: Path) -> list[str]:
    return re.findall(r"--8<-- \[start:(\w+)\]", file.read_text(encoding="utf-8"))


def _numbered(file: Path, includes: list[Include], texts: list[list[str]]) -> list[Line]:
    """Give each shown line its number in the file: a shown line is a line of the file, perhaps dedented."""
    source = [line.strip() for line in file.read_text(encoding="utf-8").splitlines()]
    numbered = []
    for include, text in zip(includes, texts, strict=True):
        marker = f"[start:{include.section}]"
        at = next(i for i, line in enumerate(source) if marker in line) if include.section else 0
        for line in text:
            if at < len(source):  # the include ends with an empty line that the file does not have
                at = source.index(line.strip(), at)
                numbered.append(Line(line, at + 1))
                at += 1
    while (
        numbered and not numbered[-1].text.strip()
    ):  # the fence does not show empty lines at its end
        numbered.pop()
    return numbered
