from reference_impl.attention import prefix_mask, sliding_window_mask

print(sliding_window_mask(5, window=2).int())
#> tensor([[1, 0, 0, 0, 0],
#>         [1, 1, 0, 0, 0],
#>         [0, 1, 1, 0, 0],
#>         [0, 0, 1, 1, 0],
#>         [0, 0, 0, 1, 1]], dtype=torch.int32)
print(prefix_mask(5, prefix=3).int())
#> tensor([[1, 1, 1, 0, 0],
#>         [1, 1, 1, 0, 0],
#>         [1, 1, 1, 0, 0],
#>         [1, 1, 1, 1, 0],
#>         [1, 1, 1, 1, 1]], dtype=torch.int32)
