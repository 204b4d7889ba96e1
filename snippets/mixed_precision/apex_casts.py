import torch
from torch import nn

x = torch.randn(4, 8)
net = nn.Sequential(nn.Linear(8, 8), nn.BatchNorm1d(8))
with torch.autocast("cpu", torch.float16):
    out = net(x)
    print("norm's weight", net[1].weight.dtype, "output", out.dtype)  # keep_batchnorm_fp32
    #> norm's weight torch.float32 output torch.float16
    with torch.autocast("cpu", enabled=False):  # amp.disable_casts(), amp.float_function
        print("inside", (out.float() @ x.T).dtype)
        #> inside torch.float32
    print("half", torch.special.expit(out.half()).dtype)  # amp.half_function
    #> half torch.float16
print("outside", out.float().dtype)  # cast_model_outputs=torch.float32
#> outside torch.float32
