# requires: faker
from reference_impl.bert import (
    TrainTagger,
    check_tags,
    evaluate_tagger,
    make_sentences,
    train_tagger,
)

tagger = train_tagger(make_sentences(1600), TrainTagger(crf=True))
test = make_sentences(300, "test")
for tags in tagger.tags([sentence.text for sentence in test]):
    check_tags(tags)  # raises where a tag may not stand
print("F1 of at least 0.8:", evaluate_tagger(tagger, test).overall.f1 >= 0.8)
#> F1 of at least 0.8: True
