from reference_impl.t5 import TextPairs, collate, number_pairs, number_tokenizer

data = TextPairs(number_pairs(100, seed=1, kinds="number"), number_tokenizer())
batch = collate([data[60], data[63]])
print(batch["source"])
#> tensor([[181, 185, 189, 231, 219, 225, 223, 229,   1],
#>         [181, 185, 187, 231, 219, 223, 221,   1,   0]])
print(batch["labels"])
#> tensor([[  69,  212,   78,  210,  102,    1],
#>         [  45,  230,    6,    1, -100, -100]])
