from torch.utils.data import DataLoader, Dataset


class Tens(Dataset):
    def __len__(self):
        return 5

    def __getitems__(self, indices):
        print("asked for", indices)
        return [10 * index for index in indices]


print(list(DataLoader(Tens(), batch_size=2)))
#> asked for [0, 1]
#> asked for [2, 3]
#> asked for [4]
#> [tensor([ 0, 10]), tensor([20, 30]), tensor([40])]
