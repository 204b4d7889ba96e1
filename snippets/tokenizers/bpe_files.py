# requires: tokenizers
from pathlib import Path

from tokenizers import ByteLevelBPETokenizer

from reference_impl.tokenizers import load_bpe, load_gpt2_files, save_bpe

theirs = ByteLevelBPETokenizer()
theirs.train_from_iterator(["low lower lowest"], 262, 1, False, ["<|endoftext|>"])
theirs.save_model(".")
theirs.save("tokenizer.json")
print(Path("merges.txt").read_text().splitlines()[:4])
#> ['#version: 0.2', 'l o', 'lo w', 'Ġ low']

ours = load_gpt2_files(".")
print(ours.encode("lowest<|endoftext|>").tokens)
#> ['low', 'e', 'st', '<|endoftext|>']
save_bpe(ours, "again.json")
print(load_bpe("again.json").vocab == load_bpe("tokenizer.json").vocab == theirs.get_vocab())
#> True
