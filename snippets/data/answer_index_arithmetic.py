from reference_impl.data import TokenFile, write_token_file

write_token_file("tokens.bin", [range(13)])
tokens = TokenFile("tokens.bin")
rows = tokens.tokens.unfold(0, 5, 4)
print(rows.shape, rows.data_ptr() == tokens.tokens.data_ptr())
#> torch.Size([3, 5]) True
inputs, targets = rows[:, :-1].long(), rows[:, 1:].long()
print(inputs[1].tolist(), targets[1].tolist())
#> [4, 5, 6, 7] [5, 6, 7, 8]
