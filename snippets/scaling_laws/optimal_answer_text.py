from scipy.optimize import brentq

from reference_impl.scaling_laws import REFITTED

log = brentq(lambda x: REFITTED.optimum(10**x)[1] - 10e9, 15, 30)
size, tokens = REFITTED.optimum(10**log)
print(f"{size / 1e6:.0f} million parameters, {tokens / 1e9:.0f} billion tokens")
#> 422 million parameters, 10 billion tokens
