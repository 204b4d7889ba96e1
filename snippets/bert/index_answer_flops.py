from reference_impl.bert import BertConfig

base = BertConfig()
weights = 4 * base.dim**2 + 2 * base.dim * base.hidden  # matrices of one layer
for length in (128, 512, 4096):
    products = 2 * length * weights
    attention = 2 * 2 * length * length * base.dim  # scores, and the weighted sum
    print(length, f"{attention / (attention + products):.0%}")
#> 128 3%
#> 512 10%
#> 4096 47%
