import torch

from reference_impl.attention.live_bytes import LiveBytes
from reference_impl.gpt import GPT, GPTConfig
from reference_impl.memory import SavedBytes, gpt_activations

config = GPTConfig(vocab=1000, context=32, dim=48, layers=2, heads=4)
model, (ids, targets) = GPT(config), torch.randint(1000, (2, 3, 32))
with LiveBytes() as alive, SavedBytes(model, ids, targets) as saved:
    loss = model.loss(ids, targets)
print(alive.live - loss.nbytes, saved.nbytes)
#> 825856 615424
hidden = [term for term in gpt_activations(config, 3, 32) if not term.hooked]
print([(term.kept, term.nbytes) for term in hidden], sum(term.nbytes for term in hidden))
#> [('gradient of the tokens', 18432), ('gradient of the table', 192000)] 210432
