# requires: faker
from reference_impl.bert import TrainTagger, make_sentences, train_tagger

sentences = make_sentences(160)
for rate in (2e-5, 1e-2):  # of the head; 10 steps
    model = train_tagger(sentences, TrainTagger(crf=True, head_rate=rate)).model
    moved = model.crf.transitions.abs().max().item()  # they began at 0
    print(f"head at {rate}: at most {10 * rate:.4f} possible,", "more than 0.01:", moved > 0.01)
#> head at 2e-05: at most 0.0002 possible, more than 0.01: False
#> head at 0.01: at most 0.1000 possible, more than 0.01: True
