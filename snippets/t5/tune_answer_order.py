from reference_impl.t5 import number_tokenizer

tokenizer = number_tokenizer()
print(tokenizer.encode("dreiundvierzig").tokens, tokenizer.encode("forty-three").tokens)
#> ['▁drei', 'und', 'vierzig'] ['▁forty', '-', 'three']
