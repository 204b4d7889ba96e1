import torch

from reference_impl.gpt import GPT, GPTConfig, to_hugging_face

torch.manual_seed(0)
config = GPTConfig(vocab=9, context=12, dim=8, layers=2, heads=2, band=3, init_std=0.5)
model, dense = GPT(config), GPT(config.change(band=None))
print(dense.load_state_dict(model.state_dict()))
#> <All keys matched successfully>
ids = torch.arange(9)[None]
print((model(ids) - dense(ids)).abs().amax(-1).gt(1e-4)[0].int().tolist())
#> [0, 0, 0, 1, 1, 1, 1, 1, 1]
to_hugging_face(model)
#! ValueError: expected no band and heads * head_dim = dim, as GPT2LMHeadModel has it, got band=3, 2
