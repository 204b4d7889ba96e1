import torch

torch.manual_seed(0)
START = 1
source = torch.randint(2, 12, (1, 6))  # 2 to 11: the ten digits
wanted = source.flip(1)
target = torch.cat((torch.tensor([[START]]), wanted), dim=1)
print("encoder reads ", source.tolist()[0])
#> encoder reads  [6, 11, 5, 2, 5, 11]
print("decoder reads ", target[:, :-1].tolist()[0])
#> decoder reads  [1, 11, 5, 2, 5, 11]
print("decoder writes", target[:, 1:].tolist()[0])
#> decoder writes [11, 5, 2, 5, 11, 6]
