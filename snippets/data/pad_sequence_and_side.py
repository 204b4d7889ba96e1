import torch
from torch.nn.utils.rnn import pad_sequence

from reference_impl.data import pad_batch

rows = [torch.tensor([4, 5, 6]), torch.tensor([7])]

theirs = pad_sequence(rows, batch_first=True, padding_value=0)
print(torch.equal(theirs, pad_batch(rows).ids))
#> True

left = pad_batch(rows, side="left")
print(left.ids.tolist())
#> [[4, 5, 6], [0, 0, 7]]
print(left.ids[:, -1].tolist(), pad_batch(rows).ids[:, -1].tolist())
#> [6, 7] [6, 0]
