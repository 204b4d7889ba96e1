import torch
from transformers import MixtralConfig
from transformers.models.mixtral.modeling_mixtral import MixtralTopKRouter

from reference_impl.distributed import route

torch.manual_seed(0)
router = MixtralTopKRouter(MixtralConfig(hidden_size=16, num_local_experts=8))
torch.nn.init.normal_(router.weight)
logits, gates, experts = router(torch.randn(50, 16))
routing = route(logits[None], choices=2, capacity=50)  # an expert has a place for each of 50 tokens
print(torch.equal(routing.experts[0], experts), torch.allclose(routing.gates[0], gates))
#> True True
print(routing.load.tolist(), routing.dropped)
#> [11, 7, 9, 16, 15, 18, 12, 12] 0.0
