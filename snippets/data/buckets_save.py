import re
from pydoc_data.topics import topics

from torch.utils.data import DataLoader

from reference_impl.data import BucketBatchSampler, padded_fraction

text = " ".join(" ".join(topics.values()).split())
sentences = [s.split() for s in re.split(r"(?<=[.!?]) ", text)]
sentences = [words for words in sentences if len(words) <= 128]
lengths = [len(words) for words in sentences]

sampler = BucketBatchSampler(lengths, batch_size=32, buckets=16)
loader = DataLoader(sentences, batch_sampler=sampler, collate_fn=list)
for epoch in range(2):
    sampler.set_epoch(epoch)
    seen = sum(len(batch) for batch in loader)
    print(seen == len(sentences), len(loader) == len(sampler))
    print(f"{padded_fraction(lengths, list(sampler)):.1f} of the tokens")
    print(f"{padded_fraction(lengths, list(sampler), power=2):.1f} of the pairs")
#> True True
#> 0.2 of the tokens
#> 0.5 of the pairs
#> True True
#> 0.2 of the tokens
#> 0.5 of the pairs
