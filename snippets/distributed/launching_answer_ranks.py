from reference_impl.distributed import rank_environment

for node in range(2):
    for local_rank in range(3):
        variables = rank_environment(local_rank, 3, nnodes=2, node_rank=node)
        print(*(variables[name] for name in ("GROUP_RANK", "LOCAL_RANK", "RANK", "WORLD_SIZE")))
#> 0 0 0 6
#> 0 1 1 6
#> 0 2 2 6
#> 1 0 3 6
#> 1 1 4 6
#> 1 2 5 6
