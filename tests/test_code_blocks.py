"""The engine itself: what it must catch is planted in a small book, and pytest is run over it for real.

Each case is one page of that book (and its snippet); the book's own pytest run must report just what is
expected of the page, naming page, file and line.
"""

import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.code_blocks.check import check
from tests.code_blocks.compare import same_complaint, same_line
from tests.code_blocks.corrupt import survivors
from tests.code_blocks.execute import run
from tests.code_blocks.fences import ROOT, BlockError
from tests.code_blocks.program import parse
from tests.code_blocks.update import rewritten


@dataclass
class Case:
    """One page of the book, and what its test must say; nothing means that it must pass."""

    snippet: str = ""
    fence: str | None = None
    says: list[str] = field(default_factory=list)
    skipped: str = ""
    page: str | None = None


def shows(name: str, lines: str = "") -> str:
    lines = lines or f'--8<-- "{name}"'
    return f'```python {{title="{name}"}}\n{lines}\n```\n'


TORCH = "import torch\n\n"
GOOD = {
    "exact": Case("x = 2\nprint(x + 1)\n#> 3\n"),
    "several_lines": Case(
        "print('a')\nprint()\nprint('b')\n#> b\n".replace(
            "print('a')\n", "print('a')\n#> a\n"
        ).replace("print()\n", "print()\n#>\n")
    ),
    "one_unit_off": Case("print(0.12345)\n#> 0.12346\n"),
    "loop": Case("for i in range(2):\n    print(i)\n#> 0\n#> 1\n"),
    "inside_with": Case(
        "import contextlib\n\nwith contextlib.suppress(ValueError):\n    print(1)\n    #> 1\n    print(2)\n    #> 2\nprint(3)\n#> 3\n"
    ),
    "inside_try": Case(
        "try:\n    int('x')\nexcept ValueError as error:\n    print(error)\n    #> invalid literal for int() with base 10: 'x'\n"
    ),
    "raises": Case("print(1)\n#> 1\n[][0]\n#! IndexError: list index\n"),
    "warns": Case(
        "import warnings\n\nwarnings.warn('careful now', UserWarning)\n#! UserWarning: careful\nprint(2)\n#> 2\n"
    ),
    "torch_warns": Case(
        TORCH
        + "x = torch.ones(2, requires_grad=True) * 2\nprint(x.grad)\n#! UserWarning: The .grad attribute of a Tensor that is not a leaf\n#> None\n"
    ),
    "wildcard": Case("print(object())\n#> <object object at 0x...>\n"),
    "stderr": Case("import sys\n\nprint('e', file=sys.stderr)\n#> e\n"),
    "pickles_its_class": Case(
        "import pickle\n\n\nclass A:\n    pass\n\n\nprint(type(pickle.loads(pickle.dumps(A()))).__name__)\n#> A\n"
    ),
    "entering_with": Case(
        TORCH
        + "with torch.autograd.detect_anomaly():\n    #! UserWarning: Anomaly Detection has been enabled\n    print(1)\n    #> 1\n"
    ),
    "own_process_long_error": Case("# run: python\nraise ValueError('a\\nb')\n#! ValueError: a\n"),
    "own_process": Case(
        "# run: python\nprint('a')\n#> a\nfor i in range(2):\n    print(i)\n#> 0\n#> 1\n"
    ),
    "own_process_raises": Case(
        "# run: python\nprint('a')\n#> a\nraise ValueError('no')\n#! ValueError: no\n"
    ),
    "two_processes": Case(
        "# run: torchrun --nproc-per-node=2\nimport torch.distributed as dist\n\ndist.init_process_group('gloo')\n"
        "total = dist.get_world_size()\nif dist.get_rank() == 0:\n    print(total)\n    #> 2\ndist.destroy_process_group()\n"
    ),
    "needs_gpu": Case(
        "# requires: cuda\n# ran on: a GPU, torch 2.11.0, 2026-11-23\nprint(1)\n#> 2\n",
        skipped="CUDA",
    ),
    "section": Case(
        "y = 1\n# --8<-- [start:part]\nx = 3\nprint(x)\n#> 3\n# --8<-- [end:part]\n",
        fence=shows("section.py", '--8<-- "section.py:part"'),
    ),
    "in_a_list": Case(
        "print(5)\n#> 5\n",
        fence='1. first\n\n    ```python {title="in_a_list.py"}\n    --8<-- "in_a_list.py"\n    ```\n',
    ),
    "in_an_admonition": Case(
        "print(6)\n#> 6\n",
        fence='!!! note\n\n    ```python {title="in_an_admonition.py"}\n    --8<-- "in_an_admonition.py"\n    ```\n',
    ),
    "console_works": Case(page="```console\n$ echo one; echo two\none\ntwo\n```\n"),
    "console_proved": Case(page="```console\n# proved by: proof.txt\n$ make serve\n```\n"),
    "text": Case(page="```text\nnot run\n```\n"),
}

BAD = {
    "a_rank_raises": Case(
        "# run: torchrun --nproc-per-node=2\nraise ValueError('the reason')\n",
        says=["the ranks wrote: ", "ValueError: the reason"],
    ),
    "wrong_output": Case(
        "x = 2\nprint(x + 1)\n#> 4\n",
        says=[
            "snippets/wrong_output.py:3",
            "docs/wrong_output.md:3",
            "expected: 4",
            "got:      3",
            "make update PAGE=docs/wrong_output.md",
        ],
    ),
    "missing_output": Case(
        "print(1)\n#> 1\n#> 2\n",
        says=["snippets/missing_output.py:2", "expected: 2", "no such line was printed"],
    ),
    "undeclared_output": Case(
        "x = 1\nprint(1)\n",
        says=["snippets/undeclared_output.py:2", "no more output", "got:      1"],
    ),
    "two_units_off": Case("print(0.12345)\n#> 0.12347\n", says=["snippets/two_units_off.py:2"]),
    "integers_are_exact": Case(
        "print([2.0, 1.0])\n#> [1.0, 2.0]\n", says=["snippets/integers_are_exact.py:2"]
    ),
    "output_on_another_line": Case(
        "print(1)\nprint(2)\n#> 1\n#> 2\n", says=["snippets/output_on_another_line.py:1"]
    ),
    "raised": Case(
        "print(1)\n#> 1\n\n[][0]\n",
        says=["snippets/raised.py:4", "IndexError: list index out of range", "write the `#!` line"],
    ),
    "not_raised": Case(
        "x = [1]\nx[0]\n#! IndexError: list index\n",
        says=["snippets/not_raised.py:3", "it was not raised"],
    ),
    "wrong_type_raised": Case(
        "[][0]\n#! KeyError: list index\n", says=["IndexError: list index out of range"]
    ),
    "wrong_message_raised": Case(
        "[][0]\n#! IndexError: tuple index\n", says=["IndexError: list index out of range"]
    ),
    "undeclared_warning": Case(
        "import warnings\n\nwarnings.warn('careful')\n",
        says=["snippets/undeclared_warning.py:3", "UserWarning: careful"],
    ),
    "no_seed": Case(
        TORCH + "print(torch.rand(1).item() > 2, torch.initial_seed())\n#> False 67280421310721\n",
        says=["snippets/no_seed.py:4"],
    ),
    "missing_file": Case(fence=shows("nowhere.py"), says=["docs/missing_file.md:3", "nowhere.py"]),
    "missing_section": Case(
        "# --8<-- [start:one]\nx = 1\n# --8<-- [end:one]\n",
        fence=shows("missing_section.py", '--8<-- "missing_section.py:two"'),
        says=["docs/missing_section.md:3", "two", "its sections: one"],
    ),
    "twice": Case(
        "x = 1\n",
        fence=shows("twice.py") + "\n" + shows("twice.py"),
        says=["twice.py is shown more than once: docs/twice.md:3, docs/twice.md:7"],
    ),
    "twice_in_a_fence": Case(
        "x = 1\n",
        fence=shows(
            "twice_in_a_fence.py", '--8<-- "twice_in_a_fence.py"\n--8<-- "twice_in_a_fence.py"'
        ),
        says=["docs/twice_in_a_fence.md:3", "twice in one fence"],
    ),
    "unknown_directive": Case(
        "# requries: cuda\nprint(1)\n#> 1\n",
        says=[
            "snippets/unknown_directive.py:1",
            "unknown directive '# requries:'",
            "shown at docs/unknown_directive.md:3",
        ],
    ),
    "unknown_requirement": Case(
        "# requires: quantum\nx = 1\n", says=["snippets/unknown_requirement.py:1", "quantum"]
    ),
    "gpu_without_origin": Case(
        "# requires: cuda\nx = 1\n", says=["snippets/gpu_without_origin.py:1", "ran on"]
    ),
    "tolerance_of_a_cpu": Case(
        "# within: 20 %\nprint(1)\n#> 1\n", says=["only what is measured on a GPU may be off"]
    ),
    "tolerance_of_anything": Case(
        "# requires: cuda\n# ran on: no device yet\n# within: 60 %\nx = 1\n",
        says=["expected '# within: N %' of less than 50, got '60 %'"],
    ),
    "unknown_run": Case("# run: node\nx = 1\n", says=["snippets/unknown_run.py:1", "node"]),
    "unknown_attribute": Case(
        "x = 1\n",
        fence='```python {title="unknown_attribute.py" skip="1"}\n--8<-- "unknown_attribute.py"\n```\n',
        says=["docs/unknown_attribute.md:3", "unknown attribute 'skip'"],
    ),
    "bare_attribute": Case(
        "x = 1\n",
        fence='```python gpu\n--8<-- "bare_attribute.py"\n```\n',
        says=["docs/bare_attribute.md:3", "cannot read the fence ```python gpu"],
    ),
    "brace_form": Case(
        "x = 1\n",
        fence='```{.python title="brace_form.py"}\n--8<-- "brace_form.py"\n```\n',
        says=["docs/brace_form.md:3", "cannot read the fence"],
    ),
    "py": Case(
        "x = 1\n",
        fence='```py\n--8<-- "py.py"\n```\n',
        says=["docs/py.md:3", "unknown language 'py'"],
    ),
    "pycon": Case(
        page=">>> 1\n".join(["\n```pycon\n", "```\n"]),
        says=["docs/pycon.md:4", "unknown language 'pycon'"],
    ),
    "space_before": Case(
        "x = 1\n",
        fence='``` python {title="space_before.py"}\n--8<-- "space_before.py"\n```\n',
        says=["docs/space_before.md:3", "cannot read the fence"],
    ),
    "space_after": Case(
        "x = 1\n",
        fence='```python  {title="space_after.py"}\n--8<-- "space_after.py"\n```\n',
        says=["docs/space_after.md:3", "cannot read the fence"],
    ),
    "no_language": Case(
        page="\n```\nprint(1)\n```\n", says=["docs/no_language.md:4", "cannot read the fence"]
    ),
    "pasted_code": Case(
        fence="```python\nprint(1)\n```\n",
        says=["docs/pasted_code.md:4", "include lines only", "print(1)"],
    ),
    "wrong_title": Case(
        "x = 1\n",
        fence='```python {title="other.py"}\n--8<-- "wrong_title.py"\n```\n',
        says=["docs/wrong_title.md:3", "other.py"],
    ),
    "skip_comment": Case(
        "print(1)\n#> 2\n",
        fence="<!-- skip: next -->\n\n" + shows("skip_comment.py"),
        says=["snippets/skip_comment.py:2"],
    ),
    "no_python": Case("print(\n", says=["snippets/no_python.py:1", "no Python"]),
    "output_in_a_loop": Case(
        "for i in range(2):\n    print(i)\n    #> 0\n    #> 1\n    x = i\n",
        says=["snippets/output_in_a_loop.py:3", "after its last line"],
    ),
    "child_prints": Case(
        "import os\nimport sys\n\nif os.fork() == 0:\n    print('unseen')\n    os._exit(0)\nos.wait()\n",
        says=["printed past Python"],
    ),
    "own_process_wrong": Case(
        "# run: python\nprint(1)\n#> 2\n", says=["snippets/own_process_wrong.py:3", "got:      1"]
    ),
    "own_process_dies": Case("# run: python\nraise SystemExit(3)\n", says=["exit status 3"]),
    "own_process_stderr": Case(
        "# run: python\nimport sys\n\nprint('x', file=sys.stderr)\n", says=["wrote to stderr: x"]
    ),
    "console_wrong": Case(
        page="```console\n$ echo one\ntwo\n```\n",
        says=["docs/console_wrong.md:4", "expected: two", "got:      one"],
    ),
    "console_fails": Case(
        page="```console\n$ false\n```\n", says=["docs/console_fails.md:4", "exit status 1"]
    ),
    "console_no_command": Case(
        page="```console\nmake test\n```\n", says=["starts with '$ COMMAND'"]
    ),
    "console_unproved": Case(
        page="```console\n# proved by: proof.txt\n$ make coffee\n```\n",
        says=["proof.txt does not hold the command 'make coffee'"],
    ),
    "unclosed": Case(page="\n```python\n", says=["docs/unclosed.md:4", "empty"]),
}

# What one program changes, the next must not see: these two pages pass in any order.
ISOLATION = {
    "changes_everything": Case(
        TORCH
        + "import os\nimport numpy as np\n\ntorch.set_default_dtype(torch.float64)\ntorch.set_grad_enabled(False)\n"
        "torch.set_num_threads(1)\ntorch.set_printoptions(precision=2)\nos.environ['LEFT'] = 'behind'\nos.chdir('/')\n"
        "np.set_printoptions(precision=1)\ntorch.use_deterministic_algorithms(True)\ntorch.autograd.set_detect_anomaly(True)\n"
        "torch.distributed.init_process_group('gloo', init_method='tcp://127.0.0.1:0', rank=0, world_size=1)\nleft = 1\n"
    ),
    "sees_nothing": Case(
        TORCH
        + "import os\nfrom pathlib import Path\n\nprint(torch.get_default_dtype(), torch.is_grad_enabled(), 'LEFT' in os.environ)\n"
        "#> torch.float32 True False\nprint(torch.tensor(1 / 3), [p.name for p in Path.cwd().iterdir()], 'left' in globals())\n"
        "#> tensor(0.3333) ['sees_nothing.py'] False\nprint(torch.is_anomaly_enabled(), torch.distributed.is_initialized())\n#> False False\n"
    ),
}
CASES = {**GOOD, **BAD, **ISOLATION}


def write_book(folder: Path) -> None:
    shutil.copytree(
        ROOT / "tests" / "code_blocks",
        folder / "tests" / "code_blocks",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    (folder / "tests" / "__init__.py").touch()
    for name in ("mkdocs.yml", "pyproject.toml"):
        shutil.copy(ROOT / name, folder / name)
    (folder / "pytest.ini").write_text(
        "[pytest]\naddopts = -p tests.code_blocks.plugin --strict-markers\nmarkers =\n    gpu: x\n"
    )
    (folder / "proof.txt").write_text("make serve\n")
    for part in ("docs", "snippets"):
        (folder / part).mkdir()
    for name, case in CASES.items():
        text = case.page if case.page is not None else (case.fence or shows(f"{name}.py"))
        (folder / "docs" / f"{name}.md").write_text(f"# {name}\n\n{text}")
        if case.snippet:
            (folder / "snippets" / f"{name}.py").write_text(case.snippet)


def run_book(folder: Path, *options: str) -> list[ET.Element]:
    command = [
        sys.executable,
        "-m",
        "pytest",
        "docs",
        "-q",
        f"--junitxml={folder}/report.xml",
        *options,
    ]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert (folder / "report.xml").exists(), done.stdout + done.stderr
    return list(ET.parse(folder / "report.xml").getroot().iter("testcase"))


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    folder = tmp_path_factory.mktemp("book")
    write_book(folder)
    return run_book(folder)


def items(report, name):
    """The junit test cases of one page: pytest writes the page's path into `classname`."""
    return [
        case for case in report if case.attrib["classname"] in {f"docs.{name}", f"docs.{name}.md"}
    ]


@pytest.mark.parametrize("name", GOOD | ISOLATION)
def test_what_is_right_passes(report, name):
    cases = items(report, name)
    assert len(cases) == (0 if name == "text" else 1)
    for case in cases:
        failures = [*case.iter("failure"), *case.iter("error")]
        assert not failures, failures[0].text
        reasons = [skip.attrib["message"] for skip in case.iter("skipped")]
        assert bool(reasons) == bool(CASES[name].skipped)
        assert all(CASES[name].skipped in reason for reason in reasons)


@pytest.mark.parametrize("name", BAD)
def test_what_is_wrong_fails_and_says_where(report, name):
    cases = items(report, name)
    assert cases, f"nothing was collected from docs/{name}.md"
    for case in cases:
        text = "".join(failure.text or "" for failure in case.iter("failure"))
        assert text, f"{case.attrib['name']} passed or was skipped"
        for words in BAD[name].says:
            assert words in text


def test_ids_name_the_file_and_not_a_line(report):
    names = {case.attrib["name"] for case in report}
    assert {"exact.py", "section.py:part", "console:echo one; echo two"} <= names
    assert not [name for name in names if name.startswith("line:")]


def test_a_demanded_gpu_that_is_not_there_is_a_failure(tmp_path):
    torch = pytest.importorskip("torch")
    if torch.cuda.is_available():
        pytest.skip("this machine has a GPU")
    write_book(tmp_path)
    cases = run_book(tmp_path, "--require", "gpu", "-m", "gpu")
    (failed,) = [c for c in cases if c.attrib["name"] == "needs_gpu.py"]
    assert "--require gpu" in "".join(f.text or "" for f in failed.iter("failure"))


def test_an_ordinary_test_marked_gpu_is_skipped_or_demanded_too(tmp_path):
    torch = pytest.importorskip("torch")
    if torch.cuda.is_available():
        pytest.skip("this machine has a GPU")
    write_book(tmp_path)
    plain = "import pytest\n\n\n@pytest.mark.gpu\ndef test_plain():\n    assert False\n"
    (tmp_path / "docs" / "test_plain.py").write_text(plain)
    (case,) = run_book(tmp_path, "-k", "test_plain")
    assert "needs a CUDA device" in next(case.iter("skipped")).attrib["message"]
    (case,) = run_book(tmp_path, "-k", "test_plain", "--require", "gpu")
    assert "--require gpu was given" in next(case.iter("error")).attrib["message"]


def test_update_rewrites_outputs_and_never_writes_down_an_undeclared_error(tmp_path, monkeypatch):
    monkeypatch.delenv("CI", raising=False)  # where updating is refused, as the next test shows
    write_book(tmp_path)
    run_book(tmp_path, "--update-outputs", "-k", "not console")
    after = {name: (tmp_path / "snippets" / f"{name}.py") for name in CASES}
    assert after["wrong_output"].read_text() == "x = 2\nprint(x + 1)\n#> 3\n"
    assert after["missing_output"].read_text() == "print(1)\n#> 1\n"
    assert after["undeclared_output"].read_text() == "x = 1\nprint(1)\n#> 1\n"
    assert after["output_on_another_line"].read_text() == "print(1)\n#> 1\nprint(2)\n#> 2\n"
    assert after["own_process_wrong"].read_text() == "# run: python\nprint(1)\n#> 1\n"
    assert (
        after["wrong_message_raised"].read_text()
        == "[][0]\n#! IndexError: list index out of range\n"
    )
    for untouched in (
        "raised",
        "undeclared_warning",
        *(name for name in GOOD if GOOD[name].snippet),
    ):
        assert after[untouched].read_text() == CASES[untouched].snippet
    again = run_book(
        tmp_path, "-k", "wrong_output or missing_output or undeclared_output or own_process_wrong"
    )
    assert not [case for case in again if list(case.iter("failure"))]


def test_ci_never_updates(tmp_path, monkeypatch):
    write_book(tmp_path)
    monkeypatch.setenv("CI", "true")
    command = [sys.executable, "-m", "pytest", "docs", "--update-outputs"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "it never updates" in done.stderr


@pytest.mark.parametrize(
    ("expected", "got", "same"),
    [
        ("(1, 3)", "(1, 3)", True),
        ("1.5", "1.6", False),
        ("1.50", "1.51", False),
        ("1.500", "1.501", True),
        ("1.500", "1.502", False),
        ("1.500", "1.5001", False),
        ("-1.500", "1.500", False),
        ("tensor([2., 1.])", "tensor([1., 0.])", False),
        ("tensor([0.1234, 0.5678])", "tensor([0.1235, 0.5677])", True),
        ("1.234e-05", "1.235e-05", True),
        ("1.234e-05", "1.234e-06", False),
        ("torch 2.13.0", "torch 2.13.1", False),
        ("at 0x...>", "at 0x7f>", True),
        ("at 0x...>", "at 0x7f", False),
        ("...", "anything", False),
        ("[0, ..., 9]", "[0, ..., 9]", True),
        ("a  ", "a", True),
        ("nan", "nan", True),
        ("0.999", "1.000", True),
    ],
)
def test_lines_are_the_same_up_to_one_unit_in_the_last_place(expected, got, same):
    assert same_line(expected, got) is same


@pytest.mark.parametrize(
    ("expected", "got", "within", "same"),
    [
        ("bf16  1.80x, 9.5 GiB", "bf16  2.10x, 10.1 GiB", 0.2, True),
        ("bf16  1.80x, 9.5 GiB", "bf16  2.20x, 9.5 GiB", 0.2, False),
        ("bf16  1.80x", "fp16  1.80x", 0.2, False),
        ("bf16  1.80x", "bf16  1.80x 2", 0.2, False),
        ("123,456 tokens/s", "140,000 tokens/s", 0.2, True),
        ("123,456 tokens/s", "160,000 tokens/s", 0.2, False),
        ("123,456 tokens/s", "1 tokens/s", float("inf"), True),
        ("123,456 tokens/s", "1 token/s", float("inf"), False),
    ],
)
def test_a_measured_number_may_be_off_by_a_share_and_text_may_not(expected, got, within, same):
    assert same_line(expected, got, within) is same


MEASURED = """# requires: cuda
# ran on: NVIDIA T1000, torch 2.11.0, 2026-11-23
# within: 20 %
for name, rate in [("fp32", 118.0), ("bf16", 1240.5)]:
    print(f"{name} {rate:,.1f} tokens/s")
#> fp32 120.0 tokens/s
#> bf16 1,201.0 tokens/s
"""


@pytest.fixture
def pretended_gpu(monkeypatch):
    """The name and the version are pretended: what is tested here is the comparison, on any machine."""
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    monkeypatch.setattr("torch.cuda.get_device_name", lambda: "NVIDIA T1000")
    return monkeypatch


def test_a_measurement_is_held_to_its_tolerance_on_its_own_gpu(pretended_gpu):
    program = parse(MEASURED)
    assert (program.ran_on, program.within, program.needs_gpu) == ("NVIDIA T1000", 0.2, True)
    result = run(MEASURED, "measured.py")
    assert check(program, result, str) == []
    assert survivors(program, result) == []
    faster = MEASURED.replace("#> fp32 120.0", "#> fp32 90.0")
    assert "expected: fp32 90.0" in check(parse(faster), result, str)[0]


def test_on_another_gpu_a_measurement_may_be_anything_and_its_words_may_not(pretended_gpu):
    pretended_gpu.setattr("torch.cuda.get_device_name", lambda: "NVIDIA T4")
    result = run(MEASURED, "measured.py")
    faster = MEASURED.replace("#> fp32 120.0", "#> fp32 90.0")
    assert check(parse(faster), result, str) == []
    assert survivors(parse(faster), result) == []
    assert check(parse(MEASURED.replace("#> fp32", "#> fp64")), result, str) != []


def test_an_update_on_a_gpu_writes_down_which(pretended_gpu):
    text = "# requires: cuda\n# ran on: no device yet\nprint(1)\n"
    new = rewritten(parse(text), run(text, "update.py"))
    first, where, *rest = new.splitlines()
    assert (first, rest) == ("# requires: cuda", ["print(1)", "#> 1"])
    assert re.fullmatch(r"# ran on: NVIDIA T1000, torch [\w.+]+, \d{4}-\d\d-\d\d", where)


@given(st.floats(-1e6, 1e6, allow_nan=False), st.integers(3, 8), st.integers(-5, 5))
def test_a_number_may_be_one_unit_off_and_no_more(number, decimals, units):
    shown = f"{number:.{decimals}f}"
    from decimal import Decimal

    shifted = f"{Decimal(shown) + units * Decimal(1).scaleb(-decimals):.{decimals}f}"
    if shown.startswith("-") == shifted.startswith("-"):
        assert same_line(f"x={shown},", f"x={shifted},") is (abs(units) <= 1)


@given(st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=20))
def test_any_line_is_the_same_as_itself_and_not_as_another(text):
    assert same_line(text, text)
    assert not same_line(text + "x", text)


@pytest.mark.parametrize(
    ("expected", "got", "same"),
    [
        ("ValueError: a", "ValueError: abc", True),
        ("ValueError: b", "ValueError: abc", False),
        ("ValueError", "ValueError: abc", False),
        ("StopIteration", "StopIteration", True),
        ("KeyError: a", "ValueError: abc", False),
    ],
)
def test_an_error_is_the_same_by_type_and_prefix(expected, got, same):
    assert same_complaint(expected, got) is same


def test_an_output_under_nothing_is_refused():
    with pytest.raises(BlockError, match="line 1: this output stands under no statement"):
        parse("#> 1\nprint(1)\n")


def test_an_output_glued_to_its_mark_is_refused():
    with pytest.raises(BlockError, match="line 2: expected a blank after '#>'"):
        parse("print(1)\n#>1\n")
