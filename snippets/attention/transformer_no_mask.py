import torch

from reference_impl.attention import Transformer, TransformerConfig

torch.manual_seed(0)
model = Transformer(TransformerConfig(12, dim=32, layers=1, heads=2, hidden=64, dropout=0.0))
digits, target = torch.randint(2, 12, (1, 6)), torch.randint(2, 12, (1, 6))
changed = target.clone()
changed[0, 3] = 2 + (target[0, 3] - 1) % 10  # another digit in the fourth place
for causal in (True, False):
    before, after = (model(digits, ids, causal)[0] for ids in (target, changed))
    print(f"causal {causal}:", [not torch.allclose(a, b) for a, b in zip(before, after)])
#> causal True: [False, False, False, True, True, True]
#> causal False: [True, True, True, True, True, True]
