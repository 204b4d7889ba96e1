from reference_impl.scaling_laws import REFITTED, plan

plan(REFITTED, compute=1e21, size=1e9, tokens=2e10)
#! ValueError: expected the compute alone, or two of compute, size and tokens; got compute and
