import torch

from reference_impl.gpt import Episodes, train_on_episodes

model = train_on_episodes(Episodes(examples=4), steps=1)
more = Episodes(examples=8).draw(1, torch.Generator().manual_seed(0))
model(more[:, :12])
model(more)
#! ValueError: expected at most 12 tokens, the rows of the position table, got 20
