from reference_impl.scaling_laws import REFITTED, plan

for compute in (1e10, 1e30):
    it = plan(REFITTED, compute=compute)
    print(f"{compute:.0e}: {it.size:.0f} parameters, loss {it.loss:.2f}")
#> 1e+10: 6384 parameters, loss 46.47
#> 1e+30: 114107196034036 parameters, loss 1.83
