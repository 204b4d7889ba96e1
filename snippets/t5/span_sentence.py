import textwrap

import torch

from reference_impl.t5 import corrupt_spans, span_mask

text = """Some years ago, never mind how long precisely, having little or no money in my purse, and nothing
particular to interest me on shore, I thought I would sail about a little and see the watery part of the world."""
words = text.split()
ids = torch.arange(3, 3 + len(words))
source, target = corrupt_spans(
    ids, span_mask(len(ids), generator=torch.Generator().manual_seed(1)), 99
)
names = (
    {1: "</s>"}
    | {99 - i: f"<extra_id_{i}>" for i in range(9)}
    | {3 + i: w for i, w in enumerate(words)}
)
for name, part in (("source", source), ("target", target)):
    print(name, len(part))
    print(textwrap.fill(" ".join(names[i] for i in part.tolist()), 76))
#> source 37
#> Some years ago, never mind how long precisely, having little or no money in
#> my purse, and nothing particular to interest me on <extra_id_0> I would sail
#> about a little and see the watery part <extra_id_1> </s>
#> target 9
#> <extra_id_0> shore, I thought <extra_id_1> of the world. </s>
