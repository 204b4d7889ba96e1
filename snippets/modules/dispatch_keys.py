import torch

print(torch._C._dispatch_keys(torch.ones(2)))
#> DispatchKeySet(CPU, ADInplaceOrView, AutogradCPU, AutocastCPU)
print(torch._C._dispatch_keys(torch.ones(2, device="meta")))
#> DispatchKeySet(Meta, ADInplaceOrView, AutogradMeta)
print(torch._C._dispatch_keys(torch.ones(2).to_sparse()))
#> DispatchKeySet(SparseCPU, ADInplaceOrView, AutogradCPU, AutocastCPU)
with torch.inference_mode():
    print(torch._C._dispatch_keys(torch.ones(2)))
    #> DispatchKeySet(CPU, AutocastCPU)
