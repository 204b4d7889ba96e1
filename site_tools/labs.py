"""The labs: notebooks that are written as programs, run in Jupyter, and shown as pages.

A lab is three files of one name. `snippets/labs/NAME.py` is what one writes and reviews: a program in
[Jupytext's percent format](https://jupytext.readthedocs.io/en/latest/formats-scripts.html), cells between `# %%`
lines, text in `r\"\"\"` strings. `docs/labs/NAME.ipynb` is the same as a notebook with its outputs;
`python -m site_tools.labs [NAME…]` runs the program in a Jupyter kernel and writes it. `docs/labs/NAME.md` is the page:
a front matter and `{lab}` on a line of its own, which this extension replaces by the notebook's cells as Markdown.

So a lab's text goes through everything that a page's text goes through: links and anchors are checked, formulas
rendered, terms explained. An output stands below its program as `#>` lines, and a picture is an inline figure in the
page's colours.

What a cell's opening line may say, beside `[markdown]`:

    # %% alt="What the picture shows." caption="The caption, with *Markdown*."
    # %% tags=["answer"]              folded on the page, until the next cell without it
    # %% short="STEPS = 20"           what the suite runs after this cell, where the lab takes minutes
"""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from markdown import Extension, Markdown
from markdown.preprocessors import Preprocessor

from site_tools.figures import FigureError, canonical
from site_tools.page import DOCS, ROOT, Page, SiteError, page_of

SOURCES, PAGES = ROOT / "snippets" / "labs", DOCS / "labs"
#: What the suite holds a short run against.
SHORT = ROOT / "tests" / "labs"

MACRO = re.compile(r"\{lab\} *")
SVG = "image/svg+xml"
ANSI = re.compile(r"\x1b\[[\d;]*m")  # the colours of a traceback
OPTIONS = {"alt", "caption", "tags", "short"}
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
#: Runs before the first cell: pictures in the house style, as wide as drawn, without a date.
SETUP = """
import matplotlib.pyplot as plt
from matplotlib_inline.backend_inline import set_matplotlib_formats
from site_tools.figures import house_style
set_matplotlib_formats("svg", bbox_inches=None, metadata={"Date": None, "Creator": None})
plt.rcParams.update(house_style())
"""

Notebook = dict[str, Any]


class LabError(Exception):
    """A lab does not keep the contract; the message says what to change."""


def names() -> list[str]:
    """The labs there are."""
    return sorted(path.stem for path in SOURCES.glob("*.py"))


def source_of(name: str) -> Path:
    """The program that is the lab."""
    return SOURCES / f"{name}.py"


def notebook_of(name: str) -> Path:
    """The notebook with its outputs, beside the page."""
    return PAGES / f"{name}.ipynb"


def read_source(text: str, name: str) -> Notebook:
    """The notebook that a program in percent format is, without outputs.

    Raises:
        LabError: an unknown option in a cell's opening line, a figure's option without the other,
            or Markdown that Jupyter would show as it is written.
    """
    import jupytext

    read = jupytext.reads(text, fmt="py:percent")
    cells: list[dict[str, Any]] = []
    for number, cell in enumerate(read.cells, 1):
        options = {k: v for k, v in cell.metadata.items() if k not in _JUPYTEXTS_OWN}
        _check_cell(f"{name}: cell {number}", cell.cell_type, cell.source, options)
        if "answer" in options.get("tags", ()) and cell.cell_type == "code":
            options["jupyter"] = {"source_hidden": True, "outputs_hidden": True}
        made = {"cell_type": cell.cell_type, "id": f"cell-{number}", "metadata": options}
        if cell.cell_type == "code":
            made |= {"execution_count": None, "outputs": []}
        cells.append({**made, "source": cell.source})
    metadata = {"kernelspec": KERNEL, "language_info": {"name": "python"}}
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


_JUPYTEXTS_OWN = {"cell_marker", "lines_to_next_cell", "lines_to_end_of_cell_marker"}
_SITE_ONLY = re.compile(
    r"^(?:!!!|\?\?\?|===|```python|\{log)|\{[:#.][^}]*\}|--8<--|\]\[", re.MULTILINE
)


def _check_cell(where: str, kind: str, source: str, options: dict[str, Any]) -> None:
    if unknown := options.keys() - OPTIONS:
        raise LabError(
            f"{where}: unknown option {', '.join(sorted(unknown))}; there are {', '.join(sorted(OPTIONS))}"
        )
    if ("alt" in options) != ("caption" in options):
        raise LabError(f"{where}: a figure has both an alt text and a caption: alt=… caption=…")
    if kind == "markdown" and (found := _SITE_ONLY.search(source)):
        raise LabError(f"{where}: Jupyter does not understand {found[0]!r}; write plain Markdown")


def run(notebook: Notebook, *, short: bool = False) -> Notebook:
    """The notebook with the outputs of a run in a new kernel, in an empty folder.

    Args:
        notebook: what to run; it stays as it is.
        short: whether to run the `short` lines of cells that have them.

    Raises:
        LabError: a cell raised, or printed what a page can't show.
    """
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError
    from traitlets.config import Config

    made = nbformat.from_dict(json.loads(json.dumps(notebook)))
    setup = nbformat.v4.new_code_cell(SETUP, id="setup")
    made.cells.insert(0, setup)
    for cell in made.cells:
        if short and "short" in cell.metadata:
            cell.source += "\n" + cell.metadata["short"]
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as sockets:
        # Over sockets that are files: a lab needs no network, not even this machine's own.
        ipc = {"transport": "ipc", "ip": f"{sockets}/kernel"}
        client = NotebookClient(
            made,
            timeout=None,
            record_timing=False,
            resources={"metadata": {"path": folder}},
            config=Config({"KernelManager": ipc}),
        )
        try:
            client.execute(env=_environment())
        except CellExecutionError as error:
            raise LabError(ANSI.sub("", str(error))) from None
    if setup.outputs:
        raise LabError(f"the kernel does not start as expected: {setup.outputs}")
    done: Notebook = json.loads(json.dumps(notebook))
    count = 0
    for cell, ran in zip(done["cells"], made.cells[1:], strict=True):
        if cell["cell_type"] == "code":
            place = f"the cell that starts with {cell['source'].splitlines()[0]!r}"
            alt = cell["metadata"].get("alt", "")
            count += 1
            cell["execution_count"] = count
            cell["outputs"] = _tidied(json.loads(json.dumps(ran.outputs)), alt, place)
    return done


def _environment() -> dict[str, str]:
    # The order of a sum, and with it its rounding, depends on the number of threads.
    return {**os.environ, "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "PYTHONHASHSEED": "0"}


def _tidied(outputs: list[dict[str, Any]], alt: str, place: str) -> list[dict[str, Any]]:
    """The outputs as they are kept: printed text in one piece, then a picture; nothing that another run changes."""
    text, pictures = "", []
    for output in outputs:
        kind, data = output["output_type"], output.get("data", {})
        if kind == "stream" and output["name"] == "stdout":
            text += output["text"]
        elif kind == "display_data" and SVG in data:
            try:
                pictures.append(canonical(data[SVG]))
            except FigureError as error:
                raise LabError(f"the picture of {place} {error}") from None
        elif kind == "execute_result" and data.keys() == {"text/plain"}:
            raise LabError(f"{place} ends with a value; print it, as a script must")
        else:
            what = output.get("text", "") or ", ".join(data)
            raise LabError(f"{place} gives an output that a page can't show: {kind} {what}")
    if len(pictures) != bool(alt):
        raise LabError(
            f"{place} draws {len(pictures)} pictures, and has alt text for {bool(alt):d}"
        )
    kept: list[dict[str, Any]] = []
    if text:
        kept.append({"name": "stdout", "output_type": "stream", "text": text})
    for svg in pictures:
        data = {SVG: svg, "text/plain": alt}
        kept.append({"data": data, "metadata": {}, "output_type": "display_data"})
    return kept


def load(path: Path) -> Notebook:
    """A notebook as it is committed, its texts in one piece."""
    import nbformat

    read: Notebook = json.loads(json.dumps(nbformat.read(path, as_version=4)))
    return read


def save(notebook: Notebook, path: Path) -> None:
    """Writes a notebook, each line of its texts on a line of the file."""
    import nbformat

    made = nbformat.from_dict(json.loads(json.dumps(notebook)))
    nbformat.validate(made)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(nbformat.writes(made) + "\n", encoding="utf-8")


def printed(cell: dict[str, Any]) -> list[str]:
    """The lines that a cell printed."""
    return [
        line
        for output in cell.get("outputs", [])
        if output["output_type"] == "stream"
        for line in output["text"].splitlines()
    ]


def picture(cell: dict[str, Any]) -> str:
    """The SVG text of a cell's picture, or nothing."""
    return "".join(output["data"][SVG] for output in cell.get("outputs", []) if "data" in output)


def with_output(cell: dict[str, Any]) -> str:
    """A code cell as the page shows it: the program, and what it printed as `#>` lines."""
    return "\n".join([cell["source"], *(f"#> {line}".rstrip() for line in printed(cell))])


# --- the page ---


def to_markdown(notebook: Notebook, file: str) -> str:
    """The cells of a notebook as the Markdown of its page.

    Args:
        notebook: with its outputs.
        file: its name beside the page, for the figures.
    """
    parts: list[str] = []
    folded = False
    for number, cell in enumerate(notebook["cells"], 1):
        body = _cell_to_markdown(cell, f"{file}#{number}")
        answer = "answer" in cell["metadata"].get("tags", ())
        if answer:
            parts += [] if folded else ['??? example "Answer"']
            body = "\n".join(f"    {line}".rstrip() for line in body.split("\n"))
        parts.append(body)
        folded = answer
    return "\n\n".join(parts)


def _cell_to_markdown(cell: dict[str, Any], figure: str) -> str:
    if cell["cell_type"] != "code":
        return str(cell["source"])
    text = f"```python\n{with_output(cell)}\n```"
    if picture(cell):
        alt, caption = cell["metadata"]["alt"], cell["metadata"]["caption"].replace('"', '\\"')
        text += f'\n\n![{alt}]({figure} "{caption}")'
    return text


def to_download(notebook: Notebook, inline: Callable[[str], str], note: str) -> Notebook:
    """The notebook as readers download it: links lead to the site, a caption stands below its picture.

    Args:
        notebook: with its outputs.
        inline: rewrites the links of a text.
        note: the first cell.
    """
    cells = [{"cell_type": "markdown", "id": "note", "metadata": {}, "source": note}]
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            cells.append({**cell, "source": inline(cell["source"])})
            continue
        cells.append(cell)
        if caption := cell["metadata"].get("caption"):
            text = f"*Figure.* {inline(caption)}"
            more = {"cell_type": "markdown", "metadata": {}, "source": text}
            cells.append({**more, "id": f"{cell['id']}-caption"})
    return {**notebook, "cells": cells}


class LabPreprocessor(Preprocessor):
    """Puts the notebook in the place of `{lab}`."""

    def run(self, lines: list[str]) -> list[str]:
        """Replaces the macro's line."""
        page = page_of(self.md)
        if page is None or not is_lab(page, lines):
            return lines
        shown = to_markdown(notebook_beside(page.path), f"{page.path.stem}.ipynb").split("\n")
        place = next(number for number, line in enumerate(lines) if MACRO.fullmatch(line))
        return [*lines[:place], *shown, *lines[place + 1 :]]


def is_lab(page: Page, lines: list[str]) -> bool:
    """Whether a page shows a lab."""
    return page.slug == "labs" and any(MACRO.fullmatch(line) for line in lines)


def title(page: Path) -> str:
    """What the lab of a page is called: its notebook's first heading."""
    return str(notebook_beside(page)["cells"][0]["source"]).splitlines()[0].removeprefix("# ")


def notebook_beside(page: Path) -> Notebook:
    """The notebook of a lab's page.

    Raises:
        SiteError: there is none.
    """
    path = page.with_suffix(".ipynb")
    if not path.is_file():
        raise SiteError(
            f"docs/labs/{page.name}: there is no {path.name} beside it. If its program is "
            f"snippets/labs/{page.stem}.py, run it with `python -m site_tools.labs {page.stem}`."
        )
    return load(path)


def picture_at(page: Path, src: str, where: str) -> str:
    """The SVG text of the figure `NAME.ipynb#CELL`."""
    file, _, number = src.partition("#")
    cells = load(page.parent / file)["cells"]
    svg = picture(cells[int(number) - 1])
    if not svg:
        raise SiteError(f"{where}: cell {number} of {file} holds no picture")
    return svg


class LabExtension(Extension):
    """Adds the preprocessor."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802  # Python-Markdown's name
        """Registers it after the download is made (31), before doctests (28) and fences (25) are read."""
        md.preprocessors.register(LabPreprocessor(md), "labs", 29)


def makeExtension(**options: object) -> LabExtension:  # noqa: N802  # Python-Markdown's name
    """The extension, as Python-Markdown asks for it."""
    return LabExtension(**options)


# --- the command ---


def has_short(notebook: Notebook) -> bool:
    """Whether the suite runs this lab in another setting than the page shows."""
    return any("short" in cell["metadata"] for cell in notebook["cells"])


def main(*wanted: str) -> int:
    """Runs the labs named, or all, and writes their notebooks; returns the exit status."""
    if unknown := set(wanted) - set(names()):
        sys.stderr.write(f"no program {', '.join(f'snippets/labs/{n}.py' for n in unknown)}\n")
        return 1
    failed = 0
    for name in wanted or names():
        try:
            source = read_source(source_of(name).read_text(encoding="utf-8"), name)
            save(run(source), notebook_of(name))
            if has_short(source):
                save(run(source, short=True), SHORT / f"{name}.ipynb")
        except LabError as error:
            sys.stderr.write(f"snippets/labs/{name}.py: {error}\n")
            failed = 1
            continue
        sys.stdout.write(f"{notebook_of(name).relative_to(ROOT)}: written\n")
    return failed


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
