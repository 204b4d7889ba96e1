import re
from pydoc_data.topics import topics

import torch

from reference_impl.data import padded_fraction

text = " ".join(" ".join(topics.values()).split())
sentences = [sentence.split() for sentence in re.split(r"(?<=[.!?]) ", text)]
lengths = [len(words) for words in sentences if len(words) <= 128]

torch.manual_seed(0)
shuffled = torch.randperm(len(lengths)).split(32)
batches = [batch.tolist() for batch in shuffled]

print(f"{padded_fraction(lengths, batches):.1f} of the tokens")
#> 0.7 of the tokens
print(f"{padded_fraction(lengths, batches, power=2):.1f} of the pairs in attention")
#> 0.9 of the pairs in attention
