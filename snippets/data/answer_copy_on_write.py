from reference_impl.data import TokenFile, write_token_file

write_token_file("tokens.bin", [[1, 2, 3]])
first, second = TokenFile("tokens.bin"), TokenFile("tokens.bin")
first[0:1].fill_(9)
print(first[:].tolist(), second[:].tolist())
#> [9, 2, 3] [1, 2, 3]
