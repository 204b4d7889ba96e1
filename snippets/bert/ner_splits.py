# requires: faker
from reference_impl.bert import LABELS, name_words, names

for label in LABELS[:3]:
    train, test = (
        {word for name in names(label, "en", split) for word in name_words(name)}
        for split in ("train", "test")
    )
    print(label, len(train) > 50, len(test) > 50, len(train & test))
#> PER True True 0
#> ORG True True 0
#> LOC True True 0
