import torch
from transformers import SwitchTransformersConfig
from transformers.models.switch_transformers import modeling_switch_transformers as switch

from reference_impl.distributed import MixtureOfExperts, balance_loss, z_loss

torch.manual_seed(0)
config = SwitchTransformersConfig(
    d_model=16, d_ff=32, num_experts=4, expert_capacity=6, dropout_rate=0, router_jitter_noise=0
)
theirs = switch.SwitchTransformersSparseMLP(config)
ours = MixtureOfExperts.from_hugging_face(theirs)
x = torch.randn(3, 20, 16)
out, routing = ours(x)
print(torch.allclose(out, theirs(x), atol=1e-5), f"{routing.dropped:.0%} dropped")
#> True 5% dropped
logits = theirs.router(x)[2]
balance = switch.load_balancing_loss_func(logits.softmax(-1), logits.argmax(-1))
print(torch.allclose(balance_loss(routing), balance))
#> True
print(torch.allclose(z_loss(routing), switch.router_z_loss_func(logits)))
#> True
