"""Makes the font that formulas are shown in: `python -m site_tools.maths_font`.

A browser needs a font with a MATH table to set MathML well, and few machines have one. STIX Two Math (SIL Open Font
License 1.1) comes inside the PyPI package ziamath; it has 6,757 glyphs. This keeps those of CODE_POINTS and their
larger variants, and writes them as WOFF2 below docs/assets/fonts. The file is made at set-up and not committed.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path

from site_tools.page import ROOT

FONT = ROOT / "docs" / "assets" / "fonts" / "stix-two-math.woff2"


# The characters of formulas, as code points in hexadecimal: many look like letters of another alphabet.
CODE_POINTS = (
    # ASCII, and signs of Latin 1
    "20-7E A0 A8 AC AF-B5 B7 D7 F7 2C6-2C7 2C9 2D8-2DA 2DC "
    # accents
    "300-308 30A 30C 332 338 "
    # Greek
    "391-3A1 3A3-3A9 3B1-3C9 3D1 3D5-3D6 3F1 3F5 "
    # punctuation, accents
    "2013-2014 2016 2018-2019 201C-201D 2020-2022 2026 2032-2034 20D6-20D7 "
    # letters for sets, script and Fraktur
    "2102 210B 210E-2113 2115 2118-211D 2124 212C 2130-2131 2133 2135 "
    # arrows
    "2190-2199 21A6 21AA 21D0 21D2 21D4 21DD "
    # operators and relations
    "2200 2202-2209 220B 220F-2213 2216-221A 221D-221E 2220 2223-222C 222E 2234-2236 223C "
    "2241 2243 2245 2248-2249 2254-2255 225C-225D 225F-2262 2264-2267 226A-226B 227A-227B "
    "2282-2284 2286-2287 228A 2295-2299 229E 22A1-22A2 22A4-22A5 22A7-22A8 22C0-22C6 "
    "22EE-22F1 "
    # brackets, braces
    "2308-230B 23A1 23DE-23E1 "
    # shapes
    "25A1 25B3 25B7 25BD 25C1 25CB 25CF 25E6 2605 "
    # long arrows, angle brackets
    "27E6-27E9 27EE-27EF 27F5-27FA 27FC 2980 "
    # large operators
    "2A00-2A02 2A7D-2A7E "
    # bold and italic Latin
    "1D400-1D454 1D456-1D467 "
    # script and double-struck capitals
    "1D49C 1D49E-1D49F 1D4A2 1D4A5-1D4A6 1D4A9-1D4AC 1D4AE-1D4B5 1D538-1D539 1D53B-1D53E "
    "1D540-1D544 1D546 1D54A-1D550 "
    # italic Greek
    "1D6E2-1D71B "
    # bold digits, double-struck 1
    "1D7CE-1D7D7 1D7D9 "
)


def _characters(code_points: str) -> Iterator[str]:
    for span in code_points.split():
        first, _, last = span.partition("-")
        yield from map(chr, range(int(first, 16), int(last or first, 16) + 1))


REPERTOIRE = frozenset(_characters(CODE_POINTS))

# They have no shape of their own: invisible operators, and the selector of a script style.
INVISIBLE = frozenset("\u2061\u2062\u2063\u2064\ufe00\u200b\n\t\r\u2009\u200a\u2003\u2002")


def missing(text: str) -> set[str]:
    """The characters of `text` that the served font has no glyph for."""
    return set(text) - REPERTOIRE - INVISIBLE


def make(target: Path = FONT) -> bool:
    """Writes the subset to `target`, unless the one there was made from the same repertoire.

    Returns:
        Whether it had to be made.
    """
    # Imported here: an extension that asks for `missing` should not wait for fontTools.
    from fontTools import subset, version
    from fontTools.ttLib import TTFont

    mark = target.with_suffix(".made-from")
    recipe = hashlib.sha256(
        "".join([version, Path(__file__).read_text(encoding="utf-8")]).encode()
    ).hexdigest()
    if target.is_file() and mark.is_file() and mark.read_text(encoding="ascii") == recipe:
        return False
    options = subset.Options()
    options.flavor = "woff2"
    # Without `ssty`, the redrawn letters for small scripts: they double the file (107 kB against 49).
    options.layout_features = []
    options.name_IDs = [0, 1, 2, 4, 5, 6, 13, 14]  # the licence and its address stay
    options.hinting = False
    options.notdef_outline = True
    # The file is taken without importing the package, which would only be slow.
    source = distribution("ziamath").locate_file("ziamath/fonts/STIXTwoMath-Regular.ttf")
    font = TTFont(str(source))
    subsetter = subset.Subsetter(options)
    subsetter.populate(text="".join(sorted(REPERTOIRE | {"\ufe00"})))
    subsetter.subset(font)
    target.parent.mkdir(parents=True, exist_ok=True)
    subset.save_font(font, str(target), options)
    mark.write_text(recipe, encoding="ascii")
    return True


if __name__ == "__main__":
    state = "made" if make() else "up to date"
    sys.stdout.write(f"{FONT.relative_to(ROOT)}: {state}, {FONT.stat().st_size / 1000:.0f} kB\n")
