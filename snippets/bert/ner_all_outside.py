# requires: faker
from reference_impl.bert import LABELS, make_sentences, span_scores

sentences = make_sentences(1000, "test", languages=("en",))
inside = sum(end - start for one in sentences for start, end, _ in one.spans)
letters = sum(len(one.text) for one in sentences)
print(f"letters outside of names: {1 - inside / letters:.0%}")
#> letters outside of names: 47%
nothing = [[] for _ in sentences]
print(len(LABELS), span_scores([one.spans for one in sentences], nothing).overall.f1)
#> 4 0.0
