from reference_impl.t5 import number_pairs, number_tokenizer

tokenizer = number_tokenizer()
used = {
    number
    for pair in number_pairs(1000, digits=3, kinds="number")
    for number in tokenizer.encode(pair.target).ids
}
print(tokenizer.vocab["▁thousand"] in used, tokenizer.vocab["▁hundred"] in used)
#> False True
