from reference_impl.scaling_laws import recorded

for point in recorded("batches")["noise"]:
    print(f"{point['excess']:.2f} above the floor: noise scale {point['rows']:.0f} rows")
#> 0.70 above the floor: noise scale 53 rows
#> 0.55 above the floor: noise scale 52 rows
#> 0.44 above the floor: noise scale 54 rows
