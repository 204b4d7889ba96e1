"""Makes everything that the site needs and the repository does not hold: `python -m site_tools.prepare`.

Run before building or serving; what is up to date is left alone, so a second run costs a fraction of a second.
The figures are not made here: they are committed, and `python -m site_tools.figures` makes them anew.
"""

from __future__ import annotations

import sys

from site_tools import maths_font
from site_tools.page import ROOT


def main() -> None:
    """Makes the mathematics font."""
    if maths_font.make():
        size = maths_font.FONT.stat().st_size / 1000
        sys.stdout.write(f"made {maths_font.FONT.relative_to(ROOT)} ({size:.0f} kB)\n")


if __name__ == "__main__":
    main()
