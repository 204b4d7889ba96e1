from reference_impl.position_embeddings.rotary_scaling import frequencies

theta = frequencies(128)
for distance in (1, 4096):
    print(distance, int(((distance * theta).cos() > 0.99).sum()), "of 64")
#> 1 50 of 64
#> 4096 1 of 64
