import torch

from reference_impl.data import windows

torch.manual_seed(0)
texts = [torch.arange(200) + 1000 * n for n in range(50)]
rows = [(n, row) for n, text in enumerate(texts) for row in windows(text, 40, 10).ids]

order = torch.randperm(len(rows)).tolist()
held_out = order[: len(rows) // 10]
train = {token for i in order[len(rows) // 10 :] for token in rows[i][1].tolist()}
seen = [sum(t in train for t in rows[i][1].tolist()) > 0 for i in held_out]
print(f"{sum(seen)} of {len(held_out)} held-out rows share tokens with a training row")
#> 34 of 35 held-out rows share tokens with a training row
