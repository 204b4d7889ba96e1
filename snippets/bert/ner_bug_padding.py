# requires: faker
import torch

from reference_impl.bert import make_sentences, tag_batch, tag_loss, train_tagger

tagger = train_tagger(make_sentences(64))
short, long = sorted(tagger.align(make_sentences(20, seed=1)), key=lambda row: len(row.ids))[::19]
for name, padded_with in (("O", 0), ("-100", -100)):
    losses = []
    for rows in ([short], [short, long]):  # alone, and beside a longer sentence
        batch = tag_batch(rows)
        labels = batch.labels.masked_fill(~batch.mask, padded_with)[:1]
        losses.append(tag_loss(tagger.model(batch.ids, batch.mask)[:1], labels))
    print(f"padded with {name}: the same loss:", torch.allclose(*losses, atol=1e-5))
#> padded with O: the same loss: False
#> padded with -100: the same loss: True
