import torch

from reference_impl.attention import PreallocatedCache
from reference_impl.gpt import GPT, DecodeStep, GPTConfig

torch.manual_seed(0)
model = GPT(GPTConfig(vocab=50, context=32, dim=32, layers=2, heads=4)).eval()
modules, ours = [[PreallocatedCache(1, 4, 32, 8) for _ in range(2)] for _ in range(2)]
step = DecodeStep(model)
with torch.inference_mode():
    for token in torch.randint(50, (20, 1)):
        expected = model(token[None], caches=modules)[:, -1]
        assert torch.allclose(step(token, ours), expected, atol=1e-5)
print(ours[0].length, torch.allclose(ours[1].k, modules[1].k, atol=1e-5))
#> 20 True
