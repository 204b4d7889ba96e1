"""Format the snippets: `python -m tests.code_blocks.format [--check]`.

ruff writes `# >` for `#>`, which would undo the declared outputs, and leaves `#!` alone. So each `#>` is
given to it as `#!>`, and turned back.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.code_blocks.fences import ROOT, relative

_OUTPUT = re.compile(r"^(\s*)#>", re.MULTILINE)
_MASKED = re.compile(r"^(\s*)#!>", re.MULTILINE)


def formatted(files: list[Path]) -> dict[Path, str]:
    """The files' texts as they should be."""
    with tempfile.TemporaryDirectory() as folder:
        copies = {file: Path(folder) / f"{number}.py" for number, file in enumerate(files)}
        for file, copy in copies.items():
            copy.write_text(
                _OUTPUT.sub(r"\1#!>", file.read_text(encoding="utf-8")), encoding="utf-8"
            )
        options = ["--config", str(ROOT / "pyproject.toml"), "--quiet"]
        subprocess.run([sys.executable, "-m", "ruff", "format", *options, folder], check=True)
        return {
            file: _MASKED.sub(r"\1#>", copy.read_text(encoding="utf-8"))
            for file, copy in copies.items()
        }


def main(*arguments: str) -> int:
    """Format, or with --check say which files are not formatted; the exit status."""
    files = sorted((ROOT / "snippets").rglob("*.py"))
    wrong = [
        (file, text)
        for file, text in formatted(files).items()
        if text != file.read_text(encoding="utf-8")
    ]
    for file, text in wrong:
        if "--check" not in arguments:
            file.write_text(text, encoding="utf-8")
        print(f"{'would format' if '--check' in arguments else 'formatted'}: {relative(file)}")
    return 1 if wrong and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
