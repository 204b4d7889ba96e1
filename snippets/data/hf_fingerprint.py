# requires: datasets
import os

os.environ["HF_DATASETS_OFFLINE"] = "1"
os.environ["HF_HOME"] = "hf_home"
from pathlib import Path

import datasets

datasets.disable_progress_bars()
datasets.Dataset.from_dict({"n": [1, 2, 3]}).save_to_disk("table")
table = datasets.load_from_disk("table")


def double(row):
    with Path("calls.txt").open("a") as file:
        file.write("x")
    return {"n": 2 * row["n"]}


def triple(row):
    return {"n": 3 * row["n"]}


first, again, other = table.map(double), table.map(double), table.map(triple)
print(first["n"][:], "called", Path("calls.txt").stat().st_size, "times;", other["n"][:])
#> [2, 4, 6] called 3 times; [3, 6, 9]
print(first._fingerprint == again._fingerprint, first._fingerprint == other._fingerprint)
#> True False
