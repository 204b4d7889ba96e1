import torch

from reference_impl.gpt import GPT, CachedLogits, GPTConfig

torch.manual_seed(0)
model = GPT(GPTConfig(vocab=50, context=32, dim=32, layers=2, heads=4)).eval()
logits = CachedLogits(model, batch=1, capacity=8)(torch.tensor([[1, 2, 3]]))
scale = torch.ones(50, requires_grad=True)
(logits * scale).sum().backward()
#! RuntimeError: Inference tensors cannot be saved for backward
