# requires: faker
from reference_impl.bert import TrainTagger, evaluate_tagger, make_sentences, train_tagger

train = make_sentences(1000)
known = {name for one in train for name, label in one.entities if label != "DATE"}
tagger = train_tagger(train, TrainTagger(crf=True))
scores = []
for split in ("train", "test"):  # new sentences with old names, and with new names
    sentences = make_sentences(200, split, seed=1)
    names = [name for one in sentences for name, label in one.entities if label != "DATE"]
    share = sum(name in known for name in names) / len(names)
    scores.append(evaluate_tagger(tagger, sentences).overall.f1)
    print("names of the", split, "split: more than half known:", share > 0.5)
#> names of the train split: more than half known: True
#> names of the test split: more than half known: False
print("the old names look better:", scores[0] > scores[1] + 0.01)
#> the old names look better: True
