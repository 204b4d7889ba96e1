import torch

from reference_impl.distributed import TrainStep, sent_bytes
from reference_impl.gpt import GPTConfig

config = GPTConfig.gpt3("6.7B", band=None, vocab=50_304)  # a vocabulary that 8 ranks divide
step = TrainStep(config=config, batch=32, length=2048, ranks=8, dtype=torch.bfloat16)
for scheme in ("data", "zero-3", "sequence", "pipeline", "ring", "ulysses"):
    sent = sent_bytes(scheme, step)
    terms = [f"{name} {number / 1e9:.2f}" for name, number in sent.items() if number > 5e6]
    print(f"{scheme}:", ", ".join(terms))
#> data: gradients 23.31
#> zero-3: gradients 11.65, weights 22.93
#> sequence: blocks 120.26, embedding and head 1.88, gradients of what all hold 0.03
#> pipeline: activations 0.54, tied matrix 0.41
#> ring: attention forward 30.06, attention backward 98.78, gradients 23.31
#> ulysses: attention forward 7.52, attention backward 7.52, gradients 23.31
