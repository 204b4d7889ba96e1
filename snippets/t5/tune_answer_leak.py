from reference_impl.t5 import number_pairs

pairs = number_pairs(2300, kinds="number")
held_out, train = pairs[:300], pairs[300:]
sources = {pair.source for pair in train}
print(sum(pair.source in sources for pair in held_out))
#> 0
numbers = {pair.source.split()[-1] for pair in train}
seen = sum(pair.source.split()[-1] in numbers for pair in held_out)
print("the same number in the other language:", seen > 0)
#> the same number in the other language: True
