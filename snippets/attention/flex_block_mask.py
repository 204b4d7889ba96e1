from torch.nn.attention.flex_attention import create_block_mask


def window(batch, head, i, j):
    return (j <= i) & (i - j < 160)


mask = create_block_mask(window, None, None, 512, 512, device="cpu", BLOCK_SIZE=64)
print(mask.kv_num_blocks.flatten().tolist())  # in part masked: the function is asked
#> [1, 1, 2, 3, 3, 3, 3, 3]
print(mask.full_kv_num_blocks.flatten().tolist())  # seen whole: it is not
#> [0, 1, 1, 1, 1, 1, 1, 1]
print(round(mask.sparsity(), 1))  # per cent of tiles skipped
#> 59.4
