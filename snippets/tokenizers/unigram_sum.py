import math

from reference_impl.tokenizers import Unigram

model = Unigram([("a", math.log(0.5)), ("aa", math.log(0.3)), ("aaa", math.log(0.2))], None)
every = model.n_best("aaa", 10)
for tokens, score in every:
    print(round(math.exp(score), 3), tokens)
#> 0.2 ['aaa']
#> 0.15 ['a', 'aa']
#> 0.15 ['aa', 'a']
#> 0.125 ['a', 'a', 'a']
print(round(sum(math.exp(score) for _, score in every), 3))
#> 0.625
print(round(math.exp(model.log_likelihood("aaa")), 3))
#> 0.625
