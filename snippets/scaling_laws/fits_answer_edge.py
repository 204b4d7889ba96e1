from reference_impl.scaling_laws import isoflop_minimum, load_grid

grid = load_grid().where(least_size=10_000)  # without the two smallest widths
isoflop_minimum(*grid.isoflop(3e10))
#! ValueError: expected a bottom between sizes 13824 and 55296, got losses that are lowest at 13824
