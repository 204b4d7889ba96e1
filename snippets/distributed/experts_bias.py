import torch

torch.manual_seed(0)
favourites, bias = torch.randn(8).double(), torch.zeros(8).double()
for step in range(401):
    scores = (favourites + torch.randn(4096, 8)).sigmoid()
    chosen = (scores + bias).topk(2).indices  # with the bias
    gates = scores.gather(1, chosen)  # without it
    load = chosen.flatten().bincount(minlength=8)
    if step % 200 == 0:
        print(step, load.tolist())
    bias += 0.002 * (1024 - load).sign()  # an even share: 2 * 4096 / 8
#> 0 [3075, 422, 8, 1428, 116, 43, 1149, 1951]
#> 200 [1078, 1015, 1050, 1013, 1012, 1030, 976, 1018]
#> 400 [1009, 1046, 1033, 1032, 1092, 972, 1022, 986]
