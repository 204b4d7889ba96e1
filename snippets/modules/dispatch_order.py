import torch

keys = torch._C._dispatch_keys(torch.ones(2))
while (key := keys.highestPriorityTypeId()) != torch._C.DispatchKey.Undefined:
    print(key.name)
    keys = keys.remove(key)
#> AutocastCPU
#> AutogradCPU
#> ADInplaceOrView
#> CPU
