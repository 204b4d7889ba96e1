"""What byte-level BPE gives and costs, measured: `python -m benchmarks.byte_level_bpe`.

The texts come from the standard library, and differ a little between versions of Python. So the
counts are kept in the data files that the programs of the same names in
`snippets/tokenizers/figures` draw. The speed of encoding is printed only.
"""

import inspect
import json
import platform
import pydoc_data.topics
import time
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

from reference_impl.tokenizers import BytePairEncoding, train_bpe, train_bpe_slowly

DATA = Path(__file__).parents[1] / "snippets" / "tokenizers" / "figures"
TOPICS = list(pydoc_data.topics.topics.values())
TEXT = "\n".join(TOPICS)
CHINESE = "分词器把文本切成词元,模型只看见词元的编号。词表越大,序列越短。"
SIZES = (256, 300, 500, 1000, 2000, 4000, 8000)
WORD = "Ġimplementation"
MERGES = 300


def merge_tree() -> dict[str, Any]:
    """The merges that put one word together: left, right, and the number of the merge."""
    rank = {pair: number for number, pair in enumerate(train_bpe([TEXT], 2500).merges, start=1)}
    row = list(WORD)
    merges = []
    while len(row) > 1:
        number, at = min((rank[pair], at) for at, pair in enumerate(pairwise(row)) if pair in rank)
        merges.append([at, number])
        row[at : at + 2] = [row[at] + row[at + 1]]
    return {"word": WORD, "merges": merges}


def training_cost() -> dict[str, Any]:
    """Pairs looked at for 300 merges, by characters of corpus."""
    sizes = [8_000 * 2**n for n in range(6)] + [len(TEXT)]
    kept = [[size, train_bpe([TEXT[:size]], 256 + MERGES).pair_visits] for size in sizes]
    again = [
        [size, train_bpe_slowly([TEXT[:size]], 256 + MERGES).pair_visits] for size in sizes[:4]
    ]
    return {"merges": MERGES, "kept": kept, "again": again}


def vocabulary_size() -> dict[str, Any]:
    """Characters per token by size of the vocabulary; every tenth help text is held out."""
    texts = {
        "help texts, trained on": "\n".join(t for n, t in enumerate(TOPICS) if n % 10),
        "help texts, held out": "\n".join(TOPICS[::10]),
        "Python source": inspect.getsource(inspect),
        "Chinese": CHINESE,
    }
    lines: dict[str, list[float]] = {name: [] for name in texts}
    for size in SIZES:
        trained = train_bpe([texts["help texts, trained on"]], size, min_frequency=1)
        if len(trained.vocab) != size:
            raise RuntimeError(f"expected {size} tokens, got {len(trained.vocab)}")
        tokenizer = trained.tokenizer()
        for name, text in texts.items():
            lines[name].append(round(len(text) / len(tokenizer.encode(text)), 3))
    return {"sizes": SIZES, "characters_per_token": lines}


def megabytes_per_second(rounds: int = 5) -> list[float]:
    """Encoding the whole text: each word for the first time, and with all words seen before."""
    trained = train_bpe([TEXT], 8000)
    results: list[list[float]] = [[], []]
    for _ in range(rounds):
        tokenizer: BytePairEncoding = trained.tokenizer()
        for result in results:
            start = time.perf_counter()
            tokenizer.encode(TEXT)
            result.append(len(TEXT.encode()) / 1e6 / (time.perf_counter() - start))
    return [round(median(result), 1) for result in results]


def main() -> None:
    """Measure and write the data files."""
    about = {"python": platform.python_version(), "date": datetime.now(UTC).date().isoformat()}
    for name, measure in {
        "bpe_merge_tree": merge_tree,
        "bpe_training_cost": training_cost,
        "index_vocabulary_size": vocabulary_size,
    }.items():
        content = json.dumps({"about": about, **measure()}, ensure_ascii=False)
        print(name, content)
        (DATA / f"{name}.json").write_text(content + "\n", encoding="utf-8")
    print("encoding, MB/s, first time and again:", *megabytes_per_second())


if __name__ == "__main__":
    main()
