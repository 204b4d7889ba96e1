# requires: faker
from reference_impl.bert import evaluate_tagger, make_sentences, train_tagger

tagger = train_tagger(make_sentences(1600))  # BERT and a linear layer
test = make_sentences(300, "test")  # names that it never saw
found = tagger.tags([sentence.text for sentence in test])
right, words = 0, 0
for row, tags in zip(tagger.align(test), found, strict=True):
    wanted = [tagger.model.names[tag] for tag in row.tags]
    right += sum(one == other for one, other in zip(wanted, tags, strict=True))
    words += len(wanted)
print("at least 80 % of the tags are right:", right / words >= 0.80)
#> at least 80 % of the tags are right: True
scores = evaluate_tagger(tagger, test).overall
print("at most half of the entities found are:", scores.precision <= 0.5)
#> at most half of the entities found are: True
print("F1 below 0.5:", scores.f1 < 0.5)
#> F1 below 0.5: True
