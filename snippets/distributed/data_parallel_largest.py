memory = 80e9  # bytes of one GPU
a_parameter = 4 + 4 + 8  # float32: weight, gradient, and AdamW's two averages

for ranks in (1, 8, 1024):
    print(f"{ranks:5} GPUs: {memory / a_parameter / 1e9:.0f} billion parameters")
#>     1 GPUs: 5 billion parameters
#>     8 GPUs: 5 billion parameters
#>  1024 GPUs: 5 billion parameters
