import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.functional import scaled_dot_product_attention as sdpa

x = torch.ones(1, 1, 4, 8)
with sdpa_kernel(SDPBackend.FLASH_ATTENTION):
    sdpa(x, x, x, dropout_p=0.1)
    #! UserWarning: Flash attention kernel not used because
    #! UserWarning: Both fused kernels do not support non-zero dropout.
    #! RuntimeError: No available kernel.  Aborting execution.
