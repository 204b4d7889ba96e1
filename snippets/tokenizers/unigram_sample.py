import random
from collections import Counter

from reference_impl.tokenizers import Unigram

pieces = [("a", -1.0), ("b", -1.5), ("ab", -2.2), ("aba", -4.0), ("ba", -2.8)]
model = Unigram(pieces, unk_id=None)
for alpha in (0.0, 1.0, 20.0):
    rng = random.Random(0)
    drawn = Counter(" ".join(model.sample("aba", alpha, rng)) for _ in range(1000))
    print(alpha, len(drawn), drawn.most_common(1)[0][0])
#> 0.0 4 a ba
#> 1.0 4 ab a
#> 20.0 2 ab a
