import torch

from reference_impl.gpt import GPT, GPTConfig

torch.manual_seed(0)
post = GPT(GPTConfig.gpt1(vocab=9, context=8, dim=16, layers=2, heads=2, dropout=0.0))
pre = GPT(post.config.change(norm="pre"))
print(pre.load_state_dict(post.state_dict()))
#> <All keys matched successfully>
ids = torch.tensor([[1, 2, 3]])
print(torch.allclose(pre(ids), post(ids), atol=0.01))
#> False
