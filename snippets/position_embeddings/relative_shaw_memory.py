length, size, limit = 1024, 64, 16
per_pair = length * length * size
per_distance = length * (2 * limit + 1)
print(f"{per_pair:,} numbers, or {per_distance:,} for each head and text")
#> 67,108,864 numbers, or 33,792 for each head and text
