import torch

from reference_impl.t5 import T5, DecoderCache, T5Config

torch.set_grad_enabled(False)
model = T5(
    T5Config(vocab=50, dim=16, head_dim=4, heads=4, hidden=32, layers=1, decoder_layers=1)
).eval()
cache = DecoderCache(model, *model.encode(torch.tensor([[7, 8, 1]])), capacity=2)
cache.step(torch.tensor([0]))
cache.step(torch.tensor([5]))
cache.step(torch.tensor([6]))
#! ValueError: expected at most 2 tokens in all, got 2 + 1 new
