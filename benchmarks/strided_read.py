"""How much slower is a strided read, measured: `python -m benchmarks.strided_read`.

For each stride it times, in pairs, a sum over a strided column and a sum over the same numbers packed, and the copy
that packs them; one thread. Only ratios are kept, as medians over the pairs, in the data file that the figure
`snippets/tensors/figures/measured_read.py` draws. Times themselves say more about the machine than about strides.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import perf_counter

import torch

DATA = Path(__file__).parents[1] / "snippets" / "tensors" / "figures" / "measured_read.json"
ELEMENTS = 2**22
STRIDES = (1, 2, 4, 8, 16, 32)
PAIRS = 25


def seconds(work: Callable[[], torch.Tensor]) -> float:
    """The time of one call."""
    start = perf_counter()
    work()
    return perf_counter() - start


def main() -> None:
    """Measure and write the data file."""
    torch.set_num_threads(1)
    rows = []
    for stride in STRIDES:
        column = torch.ones(ELEMENTS, stride)[:, 0]
        packed = column.clone(memory_format=torch.contiguous_format)
        column.sum(), packed.sum()  # the first touch of memory is not what is measured
        # In two loops: what ran just before decides what is still in the cache.
        passes = [seconds(column.sum) / seconds(packed.sum) for _ in range(PAIRS)]
        copies = [seconds(column.clone) / seconds(packed.sum) for _ in range(PAIRS)]
        rows.append(
            {"stride": stride, "pass": round(median(passes), 1), "copy": round(median(copies), 1)}
        )
        print(rows[-1])
    about = {
        "elements": ELEMENTS,
        "dtype": "float32",
        "pairs": PAIRS,
        "torch": torch.__version__,
        "cpu": torch.backends.cpu.get_cpu_capability(),
        "date": datetime.now(UTC).date().isoformat(),
    }
    DATA.write_text(json.dumps({"about": about, "rows": rows}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
