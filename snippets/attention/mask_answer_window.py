from reference_impl.attention import sliding_window_mask

window = sliding_window_mask(12, window=3).float()
reach = (window @ window @ window) > 0  # what arrives through three layers
print(reach[-1].int().tolist())
#> [0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1]
