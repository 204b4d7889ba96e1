from torch.utils.data import DataLoader, Dataset

from reference_impl.data import TokenFile, write_token_file

documents = ([10 * n + i for i in range(5)] for n in range(1, 5))
write_token_file("tokens.bin", documents, dtype="uint16")
tokens = TokenFile("tokens.bin")
print(tokens)
#> TokenFile(20 tokens in 4 documents, uint16)
print(tokens[3:8], tokens.document(2))
#> tensor([13, 14, 20, 21, 22], dtype=torch.uint16) tensor([30, 31, 32, 33, 34], dtype=torch.uint16)


class Blocks(Dataset):
    def __len__(self):
        return len(tokens) // 4

    def __getitem__(self, index):
        return tokens[4 * index : 4 * index + 4].long()


for batch in DataLoader(Blocks(), batch_size=3):
    print(batch.tolist())
#> [[10, 11, 12, 13], [14, 20, 21, 22], [23, 24, 30, 31]]
#> [[32, 33, 34, 40], [41, 42, 43, 44]]
