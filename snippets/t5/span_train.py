import torch

from reference_impl.t5 import T5, T5Config, corrupt_spans, span_mask

torch.manual_seed(0)
text = torch.arange(48) % 12 + 3  # a text that repeats itself, so that holes can be filled
config = T5Config(
    vocab=64, dim=32, head_dim=8, heads=4, hidden=64, layers=1, decoder_layers=1, dropout=0.0
)
model = T5(config)
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
losses = []
for step in range(80):
    pairs = [corrupt_spans(text.roll(i), span_mask(48), first_sentinel=63) for i in range(8)]
    source, labels = (torch.stack(part) for part in zip(*pairs, strict=True))  # of one length each
    loss = model.loss(source, labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
print(tuple(source.shape), tuple(labels.shape))
#> (8, 44) (8, 10)
print(losses[0] > 4, losses[-1] < 1)
#> True True
