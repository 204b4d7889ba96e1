import torch

from reference_impl.distributed import ExpertMLPs, Router

torch.manual_seed(0)
router, mlps = Router(8, experts=2), ExpertMLPs(experts=2, dim=8, hidden=16)
x = torch.randn(6, 8)
p = router(x).softmax(-1)
gate, expert = p.max(-1)
order = expert.argsort(stable=True)
found = mlps(x[order], expert.bincount(minlength=2).tolist())

found.sum().backward(retain_graph=True)
print("without the gate:", router.weight.grad)
#> without the gate: None
(found * gate[order, None]).sum().backward()
print("with the gate:", router.weight.grad.abs().sum() > 0)
#> with the gate: tensor(True)
