"""The same tagger here and on bert4torch, trained alike: `python -m benchmarks.ner_bert4torch`.

Same sentences, tokenizer, weights at the start and learning rates; F1 on names that neither saw goes
into the data file that `snippets/bert/figures/ner_libraries.py` draws. About two minutes on one core.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch
from torch.utils.data import DataLoader

from reference_impl.bert import (
    LABELS,
    Aligned,
    Sentence,
    TrainedTagger,
    TrainTagger,
    evaluate_tagger,
    first_pieces,
    make_sentences,
    parameter_groups,
    small_bert,
    tag_batch,
    tag_names,
    train_tagger,
)
from reference_impl.bert.on_bert4torch import bert4torch_tagger
from reference_impl.optimizers import warmup_cosine
from reference_impl.tokenizers import train_wordpiece

DATA = Path(__file__).parents[1] / "snippets" / "bert" / "figures" / "ner_libraries.json"
NAMES = tag_names(LABELS)


def collate(rows: list[Aligned]) -> tuple[list[torch.Tensor], torch.Tensor]:
    """Return inputs and labels as their trainer wants them."""
    batch = tag_batch(rows)
    return [batch.ids, batch.starts], first_pieces(batch.labels, batch.starts)[0]


def theirs(
    train: list[Sentence], test: list[Sentence], settings: TrainTagger, constrained: bool
) -> float:
    """Train on bert4torch; return F1."""
    tokenizer = train_wordpiece([one.text for one in train], settings.vocab, lowercase=False)
    torch.manual_seed(settings.seed)
    model = bert4torch_tagger(small_bert(tokenizer, settings), NAMES, constrained)
    tagger = TrainedTagger(model, tokenizer, settings.scheme)
    groups = parameter_groups(model, settings.rate, settings.head_rate)
    optimizer = torch.optim.AdamW(groups, weight_decay=0.01)
    steps = -(-len(train) // settings.batch)
    factor = warmup_cosine(steps // 10, steps + 1)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: factor(step, 1.0))
    model.compile(
        loss=lambda out, labels: model.crf(*out, labels),
        optimizer=optimizer,
        scheduler=schedule,
        clip_grad_norm=1.0,
    )
    loader = DataLoader(tagger.align(train), settings.batch, shuffle=True, collate_fn=collate)
    model.fit(loader, epochs=1, verbose=0)
    return evaluate_tagger(tagger, test).overall.f1


def main() -> None:
    """Measure both libraries and write the data file."""
    f1: dict[str, list[float]] = {}
    test = make_sentences(400, "test")
    for seed in range(3):
        train = make_sentences(3000, seed=seed)
        for kind in ("free", "constrained"):
            settings = TrainTagger(crf=True, constrained=kind == "constrained", seed=seed)
            ours = evaluate_tagger(train_tagger(train, settings), test).overall.f1
            f1.setdefault(f"here, {kind}", []).append(round(ours, 3))
            other = theirs(train, test, settings, settings.constrained)
            f1.setdefault(f"bert4torch, {kind}", []).append(round(other, 3))
            print(seed, f1, flush=True)
    data: dict[str, Any] = {
        "torch": torch.__version__.split("+")[0],
        "date": datetime.now(UTC).date().isoformat(),
        "f1": f1,
    }
    DATA.write_text(json.dumps(data, indent=1) + "\n")


if __name__ == "__main__":
    main()
