from pathlib import Path

from reference_impl.data import TokenFile, TokenFileError, write_token_file

path = Path("tokens.bin")
write_token_file(path, [[1, 2, 3], [4, 5]])
whole = path.read_bytes()
flipped = whole[:65] + b"\x01" + whole[66:]
for content in (whole[:90], whole[:20], b"PK\x03\x04" + whole, flipped):
    path.write_bytes(content)
    try:
        TokenFile(path, verify=True)
    except TokenFileError as error:
        print(error)
#> tokens.bin is truncated: expected 104 bytes, got 90
#> tokens.bin is truncated: expected a header of 64 bytes, got 20
#> tokens.bin is not a token file: expected it to begin with b'CLTOKENS', got b'PK\x03\x04CLTO'
#> tokens.bin is damaged: expected checksum 004b32474e34e88d66735c7ef7a9282b, got 67b5d0a42917ae59b78068c02b99198f
