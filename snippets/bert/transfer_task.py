from collections import Counter

from reference_impl.bert import SUBJECTS, labelled_sentences

train, test = labelled_sentences()
names = list(SUBJECTS)
print({names[label]: count for label, count in Counter(e.label for e in test).items()})
#> {'strings': 50, 'special methods': 50, 'statements': 50, 'types': 50}
print(len(train) > 500, len({e.text for e in train} & {e.text for e in test}))
#> True 0
