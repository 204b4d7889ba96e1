from reference_impl.scaling_laws import REFITTED, plan

best = plan(REFITTED, compute=5.76e23)  # the budget of Gopher and of Chinchilla
print(f"best: {best.size:.1e} parameters, {best.tokens:.1e} tokens, loss {best.loss:.2f}")
#> best: 7.2e+10 parameters, 1.3e+12 tokens, loss 1.97
models = {"GPT-3": (175e9, 300e9), "Gopher": (280e9, 300e9), "Chinchilla": (70e9, 1.4e12)}
for name, (size, tokens) in models.items():
    it = plan(REFITTED, size=size, tokens=tokens)
    print(f"{name}: loss {it.loss:.2f}, {it.waste:.0%} of its compute wasted")
#> GPT-3: loss 2.01, 39% of its compute wasted
#> Gopher: loss 2.00, 50% of its compute wasted
#> Chinchilla: loss 1.97, 0% of its compute wasted
