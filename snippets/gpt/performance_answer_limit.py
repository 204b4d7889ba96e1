share, limit = 0.8, 1.0  # what runs at the machine's limit, and how much faster that can get
for other in (2, 10):  # times faster everything else
    print(f"{share / limit + (1 - share) / other:.2f} of the time")
#> 0.90 of the time
#> 0.82 of the time
