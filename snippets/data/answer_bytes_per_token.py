tokens = 10_000_000_000
for vocabulary in (256, 50_257, 128_256):
    size = 1 if vocabulary <= 2**8 else 2 if vocabulary <= 2**16 else 4
    print(f"{vocabulary:7} ids: {size} bytes, {size * tokens / 2**30:.1f} GiB")
#>     256 ids: 1 bytes, 9.3 GiB
#>   50257 ids: 2 bytes, 18.6 GiB
#>  128256 ids: 4 bytes, 37.3 GiB
