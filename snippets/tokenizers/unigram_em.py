import math

from reference_impl.tokenizers import Unigram

words = {"ab": 8, "a": 1, "b": 1}
scores = {"a": math.log(1 / 3), "b": math.log(1 / 3), "ab": math.log(1 / 3)}
for _ in range(4):
    model = Unigram(list(scores.items()), unk_id=None)
    total = sum(n * model.log_likelihood(word) for word, n in words.items())
    print({t: round(math.exp(s), 3) for t, s in scores.items()}, round(total, 3))
    expected = dict.fromkeys(scores, 0.0)
    for word, n in words.items():  # E: how often each token is expected, over all cuts
        for tokens, score in model.n_best(word, 10):
            for token in tokens:
                expected[token] += n * math.exp(score - model.log_likelihood(word))
    scores = {t: math.log(n / sum(expected.values())) for t, n in expected.items()}  # M
#> {'a': 0.333, 'b': 0.333, 'ab': 0.333} -8.685
#> {'a': 0.25, 'b': 0.25, 'ab': 0.5} -7.376
#> {'a': 0.173, 'b': 0.173, 'ab': 0.653} -6.552
#> {'a': 0.131, 'b': 0.131, 'ab': 0.739} -6.311
