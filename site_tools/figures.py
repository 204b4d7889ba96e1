"""Draws the figures: `python -m site_tools.figures [slug…]` (`make figures`).

A figure is an ordinary matplotlib program, `snippets/<slug>/figures/NAME.py`, that leaves exactly one figure open.
It runs here in the house style and its picture is written to `docs/<slug>/figures/NAME.svg`, which is committed and
which a test draws again and compares. `site_tools.inline_figures` puts the picture on the page.

In the house style every colour stands for a role. A file opened on its own shows the colours below; on a page they
become the text's colour and the CSS variables `--figure-1` … `--figure-6`, which the light and the dark scheme define.
"""

from __future__ import annotations

import io
import os
import re
import runpy
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from site_tools.page import DOCS, ROOT

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SNIPPETS = ROOT / "snippets"

TEXT = "#333436"
BACKGROUND = "#fefefd"
SERIES = ("#1565c1", "#c2410d", "#04785a", "#9333e9", "#be1750", "#8a6407")  # C0 … C5
# Colour in the file: colour on the page. matplotlib's own black and white take part.
PAGE_COLOURS = {
    TEXT: "currentColor",
    "#000000": "currentColor",
    BACKGROUND: "var(--md-default-bg-color)",
    "#ffffff": "var(--md-default-bg-color)",
    **{colour: f"var(--figure-{n})" for n, colour in enumerate(SERIES, 1)},
}

WIDTH, MAX_HEIGHT = 4.5, 5.5  # inches; 4.5 in are 324 px, a phone's width
MIN_TEXT = 9.0  # points: 10 px on a phone of 360 px, where a figure takes the whole width

SVG = "{http://www.w3.org/2000/svg}"
XLINK = "{http://www.w3.org/1999/xlink}"
NUMBER = re.compile(r"-?(?:\d+\.\d*|\.?\d+)(?:e-?\d+)?")
HEX = re.compile(r"#[0-9a-fA-F]{6}\b")


class FigureError(Exception):
    """A figure's program does not keep the contract; the message says what to change."""


def programs(*slugs: str) -> list[Path]:
    """The programs that draw figures, of all chapters or of the named ones."""
    return sorted(
        path
        for path in SNIPPETS.glob("*/figures/*.py")
        if not slugs or path.parent.parent.name in slugs
    )


def picture_of(program: Path) -> Path:
    """Where the picture that `program` draws is kept."""
    return DOCS / program.parent.parent.name / "figures" / f"{program.stem}.svg"


def program_of(picture: Path) -> Path:
    """The program that draws `picture`."""
    return SNIPPETS / picture.parent.parent.name / "figures" / f"{picture.stem}.py"


def house_style() -> dict[Any, Any]:
    """The matplotlib settings that a figure's program runs under."""
    from cycler import cycler

    inked = (
        *("text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color"),
        *("grid.color", "patch.edgecolor", "hatch.color", "boxplot.boxprops.color"),
        *("boxplot.whiskerprops.color", "boxplot.capprops.color", "boxplot.flierprops.color"),
    )
    papered = ("figure.facecolor", "axes.facecolor", "figure.edgecolor")
    return {
        **dict.fromkeys(inked, TEXT),
        **dict.fromkeys(papered, BACKGROUND),
        "axes.prop_cycle": cycler(color=list(SERIES)),
        "axes.spines.right": False,
        "axes.spines.top": False,
        "figure.constrained_layout.use": True,
        "figure.figsize": (WIDTH, 3.0),
        "font.size": 10.0,
        "axes.labelsize": 10.0,
        "axes.titlesize": 10.0,
        "xtick.labelsize": MIN_TEXT,
        "ytick.labelsize": MIN_TEXT,
        "legend.fontsize": MIN_TEXT,
        "legend.frameon": False,
        "grid.alpha": 0.25,
        "patch.facecolor": SERIES[0],
        "svg.fonttype": "none",
        "svg.hashsalt": "class-logs",
    }


def generate(program: Path) -> str:
    """Runs `program` and returns its figure as SVG text.

    Raises:
        FigureError: The program breaks the contract for figures.
    """
    import matplotlib as mpl
    import torch

    mpl.use("svg", force=True)
    import matplotlib.pyplot as plt

    plt.close("all")
    # The order of a sum, and with it its rounding, depends on the number of threads.
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    with mpl.rc_context(), warnings.catch_warnings():
        # A program may choose another layout than the house's; nothing is wrong then.
        warnings.filterwarnings("ignore", message="The figure layout has changed to tight")
        mpl.rcdefaults()
        mpl.use("svg", force=True)
        mpl.rcParams.update(house_style())
        try:
            runpy.run_path(str(program), run_name="__main__")
            return canonical(_save([plt.figure(number) for number in plt.get_fignums()]))
        except FigureError as error:
            raise FigureError(f"{program.relative_to(ROOT)} {error}") from None
        finally:
            plt.close("all")
            torch.set_num_threads(threads)


def _save(figures: list[Figure]) -> str:
    """The one figure as SVG text; raises if there is not one or its size is not the house's."""
    if len(figures) != 1:
        raise FigureError(f"left {len(figures)} figures open; exactly one is the picture")
    width, height = figures[0].get_size_inches()
    if abs(width - WIDTH) > 1e-6 or height > MAX_HEIGHT:
        raise FigureError(
            f"is {width:g} x {height:g} inches; make it {WIDTH} wide and at most {MAX_HEIGHT} high"
        )
    buffer = io.StringIO()
    figures[0].savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return buffer.getvalue()


def canonical(svg: str) -> str:
    """The SVG that matplotlib wrote, without what differs between two runs or is not needed.

    Raises:
        FigureError: A colour without a role, text that is too small, or an embedded bitmap.
    """
    root = ElementTree.fromstring(svg)  # noqa: S314  # matplotlib wrote it a moment ago
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag == f"{SVG}metadata" or child.tag == f"{SVG}style":
                parent.remove(child)
    _drop_unused_ids(root)
    _flatten(root)
    for element in root.iter():
        _check(element)
        _tidy(element)
    # What matplotlib says once for all elements in a global style sheet, which would reach the whole page.
    root.set("style", "stroke-linejoin: round; stroke-linecap: butt; font-family: sans-serif")
    ElementTree.register_namespace("", SVG[1:-1])
    ElementTree.register_namespace("xlink", XLINK[1:-1])
    ElementTree.indent(root, " ")
    return ElementTree.tostring(root, encoding="unicode") + "\n"


def _drop_unused_ids(root: ElementTree.Element) -> None:
    """Keeps the ids something points at, renamed in order: matplotlib's hash what a CPU computes."""
    text = ElementTree.tostring(root, encoding="unicode")
    used = dict.fromkeys(re.findall(r"url\(#([^)]+)\)|href=\"#([^\"]+)\"", text))
    names = {first or second: f"i{n}" for n, (first, second) in enumerate(used)}
    for element in root.iter():
        old = element.attrib.pop("id", None)
        if old in names:
            element.set("id", names[old])
        for key, value in element.attrib.items():
            if key == f"{XLINK}href" and value.startswith("#"):
                element.set(key, "#" + names[value[1:]])
            elif "url(#" in value:
                element.set(
                    key, re.sub(r"url\(#([^)]+)\)", lambda m: f"url(#{names[m[1]]})", value)
                )


def _flatten(element: ElementTree.Element) -> None:
    """Takes out the groups that say nothing, and the empty ones."""
    children: list[ElementTree.Element] = []
    for child in element:
        _flatten(child)
        bare = child.tag in (f"{SVG}g", f"{SVG}defs") and not child.attrib
        children.extend(child) if bare and child.tag == f"{SVG}g" else children.append(child)
    element[:] = [c for c in children if len(c) or c.tag not in (f"{SVG}g", f"{SVG}defs")]


def _check(element: ElementTree.Element) -> None:
    """Raises where the picture would not follow the theme or not be readable."""
    if element.tag == f"{SVG}image":
        raise FigureError(
            "holds a bitmap, which cannot follow the light and dark theme; draw with shapes "
            "(pcolormesh or bar instead of imshow)"
        )
    for key, value in element.attrib.items():
        for colour in HEX.findall(value):
            if not key.endswith("href") and colour.lower() not in PAGE_COLOURS:
                raise FigureError(
                    f"uses the colour {colour}, which cannot follow the light and dark theme; use "
                    '"C0" … "C5", plt.rcParams["text.color"], and alpha for tints'
                )
    size = re.search(r"font-size: ([\d.]+)px", element.get("style", ""))
    if size and float(size[1]) < MIN_TEXT - 1e-6:
        text = "".join(element.itertext())
        raise FigureError(
            f"sets {text!r} in {size[1]} pt; {MIN_TEXT:g} pt is the least that a phone shows legibly "
            "(write x² with Unicode characters: a formula's small figures are smaller)"
        )


def _tidy(element: ElementTree.Element) -> None:
    """Shortens the attributes: two decimals, one font family, no rotation by nothing."""
    if element.get("transform", "").startswith("rotate(-0 "):
        del element.attrib["transform"]
    for key in ("d", "x", "y", "width", "height", "transform", "points"):
        if (value := element.get(key)) is not None:
            element.set(key, NUMBER.sub(_two_decimals, " ".join(value.split())))
    if style := element.get("style"):
        style = re.sub(
            r"; font-family: ([^;]*)",
            lambda m: "; font-family: monospace" if "mono" in m[1].lower() else "",
            style,
        )
        element.set("style", HEX.sub(lambda m: m[0].lower(), style))


def _two_decimals(number: re.Match[str]) -> str:
    text = f"{float(number[0]):.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def differences(old: str, new: str, tolerance: float = 2.0) -> Iterator[str]:
    """What differs between two pictures, in words.

    Texts, colours and the number of elements must be equal. Coordinates may differ by `tolerance` pixels of the
    324, and an opacity by a hundredth: another processor rounds differently, and the logarithm of a rounding error shows it.
    """
    old_root, new_root = ElementTree.fromstring(old), ElementTree.fromstring(new)  # noqa: S314  # files of this repository
    pairs = list(zip(old_root.iter(), new_root.iter(), strict=False))
    old_count, new_count = (sum(1 for _ in root.iter()) for root in (old_root, new_root))
    if old_count != new_count:
        yield f"{old_count} elements before, {new_count} now"
    for was, now in pairs:
        name = was.tag.removeprefix(SVG)
        if was.tag != now.tag or (was.text or "").strip() != (now.text or "").strip():
            yield f"<{name}> {was.text!r} became <{now.tag.removeprefix(SVG)}> {now.text!r}"
            return
        for key in sorted(was.attrib.keys() | now.attrib.keys()):
            a, b = was.get(key, ""), now.get(key, "")
            numbers = zip(NUMBER.findall(a), NUMBER.findall(b), strict=False)
            same = NUMBER.sub("0", a) == NUMBER.sub("0", b)
            if key == "style":
                same, numbers = _same_style(a, b), zip((), (), strict=True)
            elif key.endswith("href") or "#" in a:
                same = a == b
            if not same or any(abs(float(x) - float(y)) > tolerance for x, y in numbers):
                yield f"<{name}> {key}: {a[:80]!r} became {b[:80]!r}"


def _same_style(a: str, b: str) -> bool:
    opacity = re.compile(r"(?<=opacity: )[\d.]+")
    near = zip(opacity.findall(a), opacity.findall(b), strict=False)
    return opacity.sub("0", a) == opacity.sub("0", b) and all(
        abs(float(x) - float(y)) < 0.01 for x, y in near
    )


def main(*slugs: str) -> int:
    """Draws the figures of the chapters named, or all; returns the exit status."""
    found = programs(*slugs)
    if slugs and not found:
        sys.stderr.write(f"no program in {', '.join(f'snippets/{s}/figures/' for s in slugs)}\n")
        return 1
    # PyTorch's profiler notes the start and end of each profile on stderr; 6 is above all its levels.
    os.environ.setdefault("KINETO_LOG_LEVEL", "6")
    failed = 0
    for program in found:
        try:
            svg = generate(program)
        except FigureError as error:
            sys.stderr.write(f"{error}\n")
            failed = 1
            continue
        picture = picture_of(program)
        picture.parent.mkdir(parents=True, exist_ok=True)
        fresh = not picture.is_file() or any(
            differences(picture.read_text(encoding="utf-8"), svg, tolerance=0.0)
        )
        if fresh:
            picture.write_text(svg, encoding="utf-8")
        sys.stdout.write(
            f"{picture.relative_to(ROOT)}: {'drawn' if fresh else 'unchanged'}, {len(svg) / 1000:.1f} kB\n"
        )
    return failed


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
