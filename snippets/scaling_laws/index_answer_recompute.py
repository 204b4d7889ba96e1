forward, backward = 2, 4  # operations a weight and token
again = forward + backward + forward
print(f"C = {again}ND, {again / (forward + backward) - 1:.0%} more")
#> C = 8ND, 33% more
