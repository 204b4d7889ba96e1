from reference_impl.attention import causal_mask

print(causal_mask(2, 5).int())  # two new tokens behind three cached ones
#> tensor([[1, 1, 1, 1, 0],
#>         [1, 1, 1, 1, 1]], dtype=torch.int32)
print(causal_mask(2, 5, offset=0).int())  # what is_causal means in PyTorch
#> tensor([[1, 0, 0, 0, 0],
#>         [1, 1, 0, 0, 0]], dtype=torch.int32)
