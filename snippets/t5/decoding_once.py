import torch

from reference_impl.t5 import T5, T5Config

torch.manual_seed(0)
model = T5(
    T5Config(vocab=50, dim=32, head_dim=8, heads=4, hidden=64, layers=2, decoder_layers=2)
).eval()
calls = []
for layer in model.decoder:
    layer.cross_attention.kv.register_forward_hook(
        lambda *_: calls.append("keys and values of the source")
    )
for steps in (1, 10):
    calls.clear()
    model.generate(torch.tensor([[7, 8, 9]]), steps)
    print(steps, "steps:", len(calls), "calls")
#> 1 steps: 2 calls
#> 10 steps: 2 calls
