from reference_impl.distributed import MixtureOfExperts

for experts in (1, 8, 64):
    layer = MixtureOfExperts(dim=64, hidden=256, experts=experts)
    parameters = sum(p.numel() for p in layer.mlps.parameters())
    per_token = 2 * 2 * 64 * 256  # two matrices, a multiplication and an addition for each entry
    print(experts, parameters, per_token)
#> 1 32768 65536
#> 8 262144 65536
#> 64 2097152 65536
