import torch

from reference_impl.t5 import corrupt_spans, restore_spans, span_mask

text = torch.randint(3, 32000, (568,))
source, target = corrupt_spans(text, span_mask(568), first_sentinel=32099)
print(torch.equal(restore_spans(source, target, 32099), text))
#> True
