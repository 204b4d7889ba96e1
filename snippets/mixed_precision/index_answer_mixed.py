import torch

x = torch.ones(2, 2)
with torch.autocast("cpu", torch.bfloat16):
    product = x @ x
    print("residual", (x + product).dtype)
    #> residual torch.float32
    print("cat", torch.cat([x, product]).dtype)
    #> cat torch.float32
    print("scaled", (product * 0.5).dtype, (product * torch.tensor(0.5)).dtype)
    #> scaled torch.bfloat16 torch.bfloat16
