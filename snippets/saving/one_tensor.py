import torch
from safetensors import safe_open
from safetensors.torch import save_file

from reference_impl.saving import SafetensorsFile

save_file({"big": torch.ones(1000, 1000), "small": torch.arange(4.0)}, "a.safetensors")
with safe_open("a.safetensors", "pt") as file:
    print(file.get_tensor("small"), file.get_slice("big")[:2, :3].shape)
    #> tensor([0., 1., 2., 3.]) torch.Size([2, 3])

ours = SafetensorsFile("a.safetensors")
print(ours["small"].data_ptr() - ours["big"].data_ptr(), ours.entries["small"].begin)
#> 4000000 4000000
ours["small"].zero_()  # a page of its own: the file does not change
print(SafetensorsFile("a.safetensors")["small"])
#> tensor([0., 1., 2., 3.])
