import math

from reference_impl.position_embeddings.rotary_scaling import frequencies

turns = 4096 * frequencies(128) / (2 * math.pi)
print(int((turns >= 1).sum()), "pairs get round,", int((turns < 1).sum()), "do not")
#> 46 pairs get round, 18 do not
