import torch

from reference_impl.t5 import corrupt_spans, raw_length, span_mask

length = raw_length(512)
source, _ = corrupt_spans(torch.full((length,), 7), span_mask(length), first_sentinel=32099)
print(int((source > 31000).sum()), int(source.max()), int(source[source > 31000].min()))
#> 28 32099 32072
