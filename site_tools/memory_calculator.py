"""Puts the memory calculator on a page: a table of presets that needs no script, and what the script needs.

On a page `{memory_calculator}`, on a line of its own, becomes

- the element `<memory-calculator>` with a table of some models, computed by `reference_impl.memory` at build;
- the numbers that are no formula, as JSON in its attribute `data-tables`: bytes by precision, optimizers, models;
- the module docs/javascripts/memory_calculator.js, which no other page loads.

`reference_impl` is imported where the line is met, and not before: PyTorch takes seconds to import.
"""

from __future__ import annotations

import json
import posixpath
import re
from functools import cache
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from markdown import Extension, Markdown

from site_tools.macro import MacroProcessor
from site_tools.page import page_of

if TYPE_CHECKING:
    from reference_impl.gpt import GPTConfig
    from reference_impl.memory import MemoryParts

MACRO = re.compile(r"\{memory_calculator\}")
MODULE = "javascripts/memory_calculator.js"
RIGHT = {"style": "text-align: right;"}  # as Markdown's own tables have it
COLUMNS = ("weights", "gradients", "optimizer", "activations", "floor")


def models() -> dict[str, tuple[str, GPTConfig]]:
    """The models to choose from: a title and a config, under the name that an address has."""
    from reference_impl.gpt import GPTConfig

    gpt2 = {"small": "small", "medium": "medium", "large": "large", "xl": "XL"}
    found = {
        f"gpt2-{size}": (f"GPT-2 {title}", GPTConfig.gpt2(size, dropout=0.0))
        for size, title in gpt2.items()
    }
    for size in ("6.7B", "175B"):
        config = GPTConfig.gpt3(size, band=None)
        found[f"gpt3-{size.lower()}"] = (f"GPT-3 {size}", config)
    return found


def rows() -> list[tuple[str, MemoryParts]]:
    """The table's rows: each model, on one rank with one sequence as long as its context."""
    from reference_impl.memory import estimate_memory

    return [
        (title, estimate_memory(config, 1, config.context)) for title, config in models().values()
    ]


def cells(parts: MemoryParts) -> list[str]:
    """A row's numbers in GiB."""
    sizes = (parts.parameters, parts.gradients, parts.optimizer, parts.activations, parts.floor)
    return [f"{size / 2**30:,.2f}" for size in sizes]


@cache
def tables() -> dict[str, Any]:
    """What the script computes with beside its formulas, read from the package by calling it."""
    from reference_impl.gpt import GPTConfig
    from reference_impl.memory import OPTIMIZERS, Ledger, gpt_activations, model_states
    from reference_impl.memory.estimate import STATE_PRECISIONS
    from reference_impl.memory.terms import INDEX

    precisions = {}
    for name in STATE_PRECISIONS:
        states = model_states([1], name, "momentum")
        ledger = Ledger("bfloat16" if name == "master" else name)
        precisions[name] = {
            "weight": states.parameters,
            "master": states.master,
            "updated": states.optimizer,  # momentum is one number as the optimizer sees it
            "stream": ledger.stream,
            "compute": ledger.compute,
        }
    small = GPTConfig(vocab=1, context=1, dim=1, layers=1, heads=1)
    sizes = ("layers", "dim", "heads", "vocab", "context")
    return {
        "index": INDEX,
        # linear_cross_entropy keeps what no hook sees; without it GPT.loss has all logits
        "chunked": not all(term.hooked for term in gpt_activations(small, 1, 1)),
        "precisions": precisions,
        "optimizers": OPTIMIZERS,
        "models": {
            name: {"title": title, **{size: getattr(config, size) for size in sizes}}
            for name, (title, config) in models().items()
        },
    }


def to_markdown() -> str:
    """The table as plain Markdown, for the notebook."""
    lines = [f"| GiB | {' | '.join(COLUMNS)} |", "|---|" + "---:|" * len(COLUMNS)]
    lines += [f"| {title} | {' | '.join(cells(parts))} |" for title, parts in rows()]
    return "\n".join(lines)


class MemoryCalculatorProcessor(MacroProcessor):
    """Replaces a block that is the macro."""

    macro = MACRO

    def run(self, parent: ElementTree.Element, blocks: list[str]) -> None:
        """Writes the element, its table, and the module."""
        blocks.pop(0)
        data = json.dumps(tables(), separators=(",", ":"))
        element = ElementTree.SubElement(parent, "memory-calculator", {"data-tables": data})
        table = ElementTree.SubElement(element, "table")
        header = ElementTree.SubElement(ElementTree.SubElement(table, "thead"), "tr")
        ElementTree.SubElement(header, "th", {"scope": "col"}).text = "GiB"
        for name in COLUMNS:
            ElementTree.SubElement(header, "th", {"scope": "col", **RIGHT}).text = name
        body = ElementTree.SubElement(table, "tbody")
        for name, (title, parts) in zip(models(), rows(), strict=True):
            row = ElementTree.SubElement(body, "tr", {"data-model": name})
            ElementTree.SubElement(row, "th", {"scope": "row"}).text = title
            for cell in cells(parts):
                ElementTree.SubElement(row, "td", RIGHT).text = cell
        page = page_of(self.md)
        source = posixpath.relpath(MODULE, page.url_path() or ".") if page else MODULE
        ElementTree.SubElement(parent, "script", {"type": "module", "src": source}).text = ""


class MemoryCalculatorExtension(Extension):
    """Adds the processor."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802  # Python-Markdown's name
        """Registers the processor before paragraphs (10)."""
        md.parser.blockprocessors.register(MemoryCalculatorProcessor(md), "memory-calculator", 77)


def makeExtension(**options: object) -> MemoryCalculatorExtension:  # noqa: N802  # Python-Markdown's name
    """The extension, as Python-Markdown asks for it."""
    return MemoryCalculatorExtension(**options)
