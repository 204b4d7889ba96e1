from torch.utils.data import DataLoader, Dataset


class Tens(Dataset):
    def __len__(self):
        return 5

    def __getitem__(self, index):
        print("asked for", index)
        return 10 * index


for batch in DataLoader(Tens(), batch_size=2):
    print(batch)
#> asked for 0
#> asked for 1
#> tensor([ 0, 10])
#> asked for 2
#> asked for 3
#> tensor([20, 30])
#> asked for 4
#> tensor([40])
