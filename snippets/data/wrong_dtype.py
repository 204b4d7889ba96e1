from reference_impl.data import TokenFile, write_token_file

write_token_file("tokens.bin", [[1, 2, 3]], dtype="uint16")
try:
    write_token_file("tokens.bin", [[4], [5, 70_000]], dtype="uint16")
except ValueError as error:
    print(error)
    #> token 1 of document 1 does not fit uint16: expected 0 to 65535, got 70000
print(TokenFile("tokens.bin")[:])  # the old file
#> tensor([1, 2, 3], dtype=torch.uint16)
TokenFile("tokens.bin", dtype="int32")
#! TokenFileError: tokens.bin holds another dtype: expected int32, got uint16
