"""Training on a GPU in five precisions: the table on the page is the committed run, and the program runs."""

import json

import pytest

from benchmarks import gpu_training
from tests.code_blocks.fences import ROOT

DATA = json.loads(gpu_training.DATA.read_text(encoding="utf-8"))
PAGE = (ROOT / "docs" / "mixed_precision" / "index.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", gpu_training.PRECISIONS)
def test_the_table_on_the_page_is_the_committed_run(name):
    eager, compiled = DATA["steps"][name]["eager"], DATA["steps"][name]["compiled"]
    row = [
        name,
        f"{eager['tokens_a_second']:,.0f}",
        f"{compiled['tokens_a_second']:,.0f}",
        f"{DATA['products'][name] / 1e12:.0f}",
        f"{eager['share_of_product']:.0%}".replace("%", " %"),
        f"{compiled['share_of_product']:.0%}".replace("%", " %"),
        f"{eager['peak_gib']:.1f}",
        f"{compiled['peak_gib']:.1f}",
    ]
    assert f"| {' | '.join(row)} |" in PAGE


def test_the_device_of_the_run_is_on_the_page():
    about = DATA["about"]
    assert f"{about['device']}, torch {about['torch']}, {about['date']}" in PAGE


@pytest.mark.parametrize("name", gpu_training.PRECISIONS)
@pytest.mark.parametrize("kind", ["eager", "compiled"])
def test_each_precision_learned_the_batch_as_float32_did(name, kind):
    found, base = DATA["steps"][name][kind], DATA["steps"]["fp32"]["eager"]
    assert found["first_loss"] == pytest.approx(base["first_loss"], abs=0.05)
    assert found["last_loss"] < found["first_loss"] - 1
    assert found["last_loss"] == pytest.approx(base["last_loss"], abs=0.2)


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
