import torch

from reference_impl.saving import save_checkpoint

torch.save({"version": torch.__version__}, "plain.pt")  # no complaint
save_checkpoint("safe.pt", {"version": torch.__version__})
#! TypeError: safe.pt could not be loaded again: expected plain data, got ['torch.torch_version.TorchVersion']
