from reference_impl.gpt import count_parameters
from reference_impl.scaling_laws import REFITTED, plan, shape_for

best = plan(REFITTED, compute=1e21)
config = shape_for(best.size, vocab=50_257, context=2048)
print(config.layers, "layers,", config.dim, "wide,", config.heads, "heads")
#> 39 layers, 2432 wide, 38 heads
print(f"{count_parameters(config)['total'] / 1e9:.1f} billion parameters, embeddings included")
#> 2.9 billion parameters, embeddings included
steps = best.tokens / (2048 * 512)
print(f"{steps:.0f} steps of 512 rows")
#> 57206 steps of 512 rows
