from reference_impl.scaling_laws import load_grid, recorded

best = {}
for run in recorded("shapes")["runs"]:
    shape = run["layers"], run["dim"]
    best[shape] = min(run["excess"], best.get(shape, run["excess"]))
floor, lowest = load_grid().floor, min(best.values())
for (layers, dim), excess in best.items():
    worse = (floor + excess) / (floor + lowest) - 1
    print(f"{layers} layers, {dim} wide, {12 * layers * dim**2} weights: ", end="")
    print(f"{excess:.2f} above the floor, loss {worse:.0%} above the best")
#> 1 layers, 88 wide, 92928 weights: 0.25 above the floor, loss 0% above the best
#> 2 layers, 64 wide, 98304 weights: 0.26 above the floor, loss 0% above the best
#> 4 layers, 48 wide, 110592 weights: 0.30 above the floor, loss 3% above the best
#> 8 layers, 32 wide, 98304 weights: 0.34 above the floor, loss 5% above the best
#> 16 layers, 24 wide, 110592 weights: 0.44 above the floor, loss 10% above the best
