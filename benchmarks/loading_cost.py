"""What loading costs, measured: `python -m benchmarks.loading_cost`.

The same items, loaded from three layouts in batches of several sizes, and from a store that
answers late with several numbers of workers. Only ratios are kept, as medians over rounds in which
all cases run once, in the data file that `snippets/data/figures/measured_loading.py` draws. The
files are in the page cache: what is measured is the cost of asking, not of a disk.
"""

import json
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader

from reference_impl.data import TokenFile, write_token_file

DATA = Path(__file__).parents[1] / "snippets" / "data" / "figures" / "measured_loading.json"
ITEMS, LENGTH = 2048, 128
BATCH_SIZES = (1, 4, 16, 64, 256)
WORKERS = (0, 1, 2, 4)
DELAY = 0.008
ROUNDS = 5


class FilePerItem:
    """One small file for each item."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __len__(self) -> int:
        return ITEMS

    def __getitem__(self, index: int) -> Tensor:
        return torch.from_numpy(np.fromfile(self.folder / f"{index}.bin", dtype=np.uint16))


class Packed:
    """One mapped token file, asked for one item at a time."""

    def __init__(self, path: Path) -> None:
        self.tokens = TokenFile(path)

    def __len__(self) -> int:
        return ITEMS

    def __getitem__(self, index: int) -> Tensor:
        return self.tokens[index * LENGTH : (index + 1) * LENGTH]


class PackedTogether(Packed):
    """One mapped token file, asked for a whole batch at a time."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.rows = self.tokens.tokens.view(ITEMS, LENGTH)

    def __getitems__(self, indices: list[int]) -> Tensor:
        return self.rows[torch.tensor(indices)]


class Late:
    """A store that takes its time for each item, as one across a network does."""

    def __len__(self) -> int:
        return 256

    def __getitem__(self, index: int) -> int:
        time.sleep(DELAY)
        return index


def whole(batch: Tensor) -> Tensor:
    """Collate nothing: the dataset has made the batch."""
    return batch


def seconds(loader: "DataLoader[Tensor]") -> float:
    """The time of one pass."""
    start = time.perf_counter()
    for _ in loader:
        pass
    return time.perf_counter() - start


def medians(cases: dict[Any, Callable[[], float]]) -> dict[Any, float]:
    """The median time of each case; the cases take turns, so that a slow moment hits them all."""
    times: dict[Any, list[float]] = {case: [] for case in cases}
    for _ in range(ROUNDS):
        for case, run in cases.items():
            times[case].append(run())
    return {case: median(values) for case, values in times.items()}


def main() -> None:
    """Measure and write the data file."""
    torch.set_num_threads(1)
    folder = Path(tempfile.mkdtemp())
    rows = torch.randint(60_000, (ITEMS, LENGTH), generator=torch.Generator().manual_seed(0))
    for index, row in enumerate(rows):
        row.to(torch.uint16).numpy().tofile(folder / f"{index}.bin")
    write_token_file(folder / "tokens.bin", rows)
    layouts = {
        "file per item": (FilePerItem(folder), None),
        "packed": (Packed(folder / "tokens.bin"), None),
        "packed, __getitems__": (PackedTogether(folder / "tokens.bin"), whole),
    }
    layout_times = medians(
        {
            (name, size): lambda d=dataset, c=collate, s=size: seconds(
                DataLoader(d, s, shuffle=True, collate_fn=c)
            )
            for name, (dataset, collate) in layouts.items()
            for size in BATCH_SIZES
        }
    )
    late_times = medians(
        {
            (size, workers): lambda s=size, w=workers: seconds(DataLoader(Late(), s, num_workers=w))
            for size in (4, 32)
            for workers in WORKERS
        }
    )
    unit = layout_times["packed", 64]
    layout_rows = [
        {"layout": name, "batch": size, "time": round(value / unit, 2)}
        for (name, size), value in layout_times.items()
    ]
    late_rows = [
        {"batch": size, "workers": workers, "time": round(value / late_times[size, 0], 2)}
        for (size, workers), value in late_times.items()
    ]
    for row in layout_rows + late_rows:
        print(row)
    about = {
        "items": ITEMS,
        "bytes": 2 * LENGTH,
        "delay_ms": 1000 * DELAY,
        "rounds": ROUNDS,
        "torch": torch.__version__,
        "date": datetime.now(UTC).date().isoformat(),
    }
    text = json.dumps({"about": about, "layouts": layout_rows, "late": late_rows}, indent=1)
    DATA.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
