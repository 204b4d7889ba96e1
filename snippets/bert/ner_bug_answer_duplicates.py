# requires: faker
from reference_impl.bert import make_sentences

train = {one.text for one in make_sentences(3000)}
test = [one.text for one in make_sentences(300, "test")]
shared = [text for text in test if text in train]
print(len(shared) > 0, all("12" in text for text in shared))
#> True True
