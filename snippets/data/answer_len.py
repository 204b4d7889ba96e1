from torch.utils.data import DataLoader

loader = DataLoader(range(10), batch_size=4)
print(len(loader), len(DataLoader(range(10), batch_size=4, drop_last=True)))
#> 3 2
print([len(batch) for batch in loader])
#> [4, 4, 2]
