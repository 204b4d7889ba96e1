from reference_impl.gpt import GPT, GPTConfig
from reference_impl.optimizers import weight_decay_groups

model = GPT(GPTConfig(vocab=9, context=4, dim=8, layers=1, heads=2))
for group in weight_decay_groups(model, 0.1):
    names = [name.removeprefix("blocks.0.") for name, _ in group["params"]]
    print(group["weight_decay"], names)
#> 0.1 ['tokens.weight', 'positions.weight', 'attention.qkv.weight', 'attention.out.weight', 'mlp.up.weight', 'mlp.down.weight']
#> 0.0 ['attention_norm.weight', 'attention_norm.bias', 'attention.qkv.bias', 'attention.out.bias', 'mlp_norm.weight', 'mlp_norm.bias', 'mlp.up.bias', 'mlp.down.bias', 'norm.weight', 'norm.bias']
