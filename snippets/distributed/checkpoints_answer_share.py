from reference_impl.distributed import Piece, overlap

saved = [Piece((0, 0), (3, 8)), Piece((3, 0), (2, 8))]  # rows of 2 ranks
for rank in range(4):  # columns of 4 ranks
    wanted = Piece((0, 2 * rank), (5, 2))
    print(rank, [overlap(wanted, piece) is not None for piece in saved])
#> 0 [True, True]
#> 1 [True, True]
#> 2 [True, True]
#> 3 [True, True]
