import torch

from reference_impl.distributed import TrainStep, sent_bytes
from reference_impl.gpt import GPTConfig

config = GPTConfig.gpt3("6.7B", band=None, vocab=50_304)  # a vocabulary that 8 ranks divide
step = TrainStep(config=config, batch=32, length=2048, ranks=8, dtype=torch.bfloat16)
for scheme in ("data", "zero-3", "sequence", "pipeline", "ring", "ulysses"):
    sent = sent_bytes(scheme, step)
    print(scheme, {name: f"{number / 1e9:.2f}" for name, number in sent.items()})
#> data {'gradients': '23.31', 'which are missing': '0.00', 'loss': '0.00'}
#> zero-3 {'gradients': '11.65', 'weights': '22.93', 'which are missing': '0.00', 'loss': '0.00'}
#> sequence {'blocks': '120.26', 'embedding and head': '1.88', 'loss on cut logits': '0.00', 'gradients of what all hold': '0.03'}
#> pipeline {'activations': '0.54', 'their gradients': '0.00', 'tied matrix': '0.41'}
#> ring {'attention forward': '30.06', 'attention backward': '98.78', 'gradients': '23.31', 'loss': '0.00'}
#> ulysses {'attention forward': '7.52', 'attention backward': '7.52', 'gradients': '23.31', 'loss': '0.00'}
