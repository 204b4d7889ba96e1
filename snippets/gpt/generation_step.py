import torch

from reference_impl.gpt import GPT, CachedLogits, GPTConfig

torch.manual_seed(0)
model = GPT(GPTConfig(vocab=50, context=32, dim=32, layers=3, heads=4)).eval()
ids = torch.tensor([[3, 1, 4]])
follows = CachedLogits(model, batch=1, capacity=32)
for _ in range(3):
    logits = follows(ids)  # reads only what it has not read
    ids = torch.cat((ids, logits.argmax(-1, keepdim=True)), dim=1)
    print(tuple(logits.shape), torch.allclose(logits, model(ids[:, :-1])[:, -1], atol=1e-5))
#> (1, 50) True
#> (1, 50) True
#> (1, 50) True
