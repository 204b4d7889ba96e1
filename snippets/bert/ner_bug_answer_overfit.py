# requires: faker
from reference_impl.bert import TrainTagger, evaluate_tagger, make_sentences, train_tagger

batch = make_sentences(8)
tagger = train_tagger(batch, TrainTagger(crf=True, epochs=60, batch=8))
print(evaluate_tagger(tagger, batch).overall.f1)
#> 1.0
