import torch

from reference_impl.gpt import GPT, GPTConfig, generate

model = GPT(GPTConfig(vocab=50, context=32, dim=32, layers=3, heads=4))
prompt = torch.tensor([[3, 1, 0], [1, 5, 9]])
generate(model, prompt, 5, keep=prompt != 0)
#! ValueError: expected keep of shape (2, 3) with a real token at the end of each row (filler on the left)
