"""Training on a GPU in five precisions: the table on the page is the committed run, and the program runs."""

import json

import pytest

from benchmarks import gpu_training
from tests.code_blocks.fences import ROOT

DATA = json.loads(gpu_training.DATA.read_text(encoding="utf-8"))
PAGE = (ROOT / "docs" / "mixed_precision" / "index.md").read_text(encoding="utf-8")


def both(steps, key, text, unit=1.0):
    """A measured number as the table has it: as it is and compiled, or a dash where there is none."""
    found = [steps["eager"], steps.get("compiled")]
    shown = [text.format(run[key] / unit) if run else "\N{EN DASH}" for run in found]
    return " / ".join(shown)


@pytest.mark.parametrize("name", gpu_training.PRECISIONS)
def test_the_table_on_the_page_is_the_committed_run(name):
    steps = DATA["steps"][name]
    row = [
        name,
        both(steps, "tokens_a_second", "{:.0f}", unit=1e3),
        both(steps, "share_of_product", "{:.0f}", unit=1e-2),
        both(steps, "peak_gib", "{:.1f}"),
    ]
    assert f"| {' | '.join(row)} |" in PAGE


def test_the_products_on_the_page_are_those_of_the_committed_run():
    *first, last = (f"{rate / 1e12:,.0f}" for rate in DATA["products"].values())
    assert f"reaches {', '.join(first)} and {last} TFLOP/s" in PAGE


def test_the_device_of_the_run_is_on_the_page():
    about = DATA["about"]
    assert f"{about['device']}, torch {about['torch']}, {about['date']}" in PAGE


RUNS = [(name, kind) for name, kinds in DATA["steps"].items() for kind in kinds]


@pytest.mark.parametrize(("name", "kind"), RUNS)
def test_each_run_that_is_shown_learned_the_batch_as_float32_did(name, kind):
    found, base = DATA["steps"][name][kind], DATA["steps"]["fp32"]["eager"]
    assert found["first_loss"] == pytest.approx(base["first_loss"], abs=0.005)
    assert 9.45 < found["last_loss"] < 9.85  # what the page says


def test_the_run_that_is_left_out_did_not():
    assert DATA["left_out"].keys() == {"fp8 compiled"}
    assert DATA["left_out"]["fp8 compiled"]["last_loss"] == pytest.approx(6.9, abs=0.05)
    assert "compiled" not in DATA["steps"]["fp8"]


def test_operations_are_those_of_the_products():
    sizes = gpu_training.Sizes()
    weights = 12 * 12 * 768**2 + 50304 * 768
    causal = 12 * 2 * 768 * 1024  # scores and values of each token: half of 2 * 2 * 768 * 1024
    assert sizes.operations() == 3 * 16 * 1024 * (2 * weights + causal)


def test_the_program_runs_and_trains_in_each_precision():
    data = gpu_training.main(["--quick", "--device", "cpu", "--eager"])
    assert data["steps"].keys() == data["products"].keys() == gpu_training.PRECISIONS.keys()
    for found in data["steps"].values():
        assert found["eager"]["last_loss"] < found["eager"]["first_loss"]
        assert found["eager"]["tokens_a_second"] > 0
