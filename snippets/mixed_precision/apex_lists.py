import torch

from reference_impl.mixed_precision import probe_all

# apex/amp/lists at its last commit, as far as the names are operations today.
APEX = {
    "lower": "conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d conv_tbc prelu addmm addmv addr "
    "matmul mm mv addbmm baddbmm bmm linear",
    "fp32": "acos asin cosh erfinv exp expm1 log log10 log2 reciprocal rsqrt sinh tan pow cumprod cumsum dist norm prod "
    "std sum var renorm softplus log_softmax softmax gelu layer_norm group_norm cosine_similarity poisson_nll_loss "
    "cosine_embedding_loss hinge_embedding_loss kl_div l1_loss mse_loss margin_ranking_loss multilabel_margin_loss "
    "multi_margin_loss nll_loss binary_cross_entropy_with_logits smooth_l1_loss soft_margin_loss triplet_margin_loss ctc_loss",
    "promote": "addcdiv addcmul atan2 cross bilinear dot add div mul eq equal ge gt le lt ne cat stack",
    "refused": "binary_cross_entropy",
}  # fmt: skip  # a list reads as a list
today = {op.split(".")[0]: policy for op, policy in probe_all("cuda", torch.float16).items()}
for policy, names in APEX.items():
    names = names.split()
    gone = [name for name in names if name not in today]
    assert all(today[name] == policy for name in names if name not in gone)
    print(f"{policy}: {len(names) - len(gone)} as before; in no list today:", *gone)
#> lower: 18 as before; in no list today:
#> fp32: 41 as before; in no list today: std var gelu ctc_loss
#> promote: 6 as before; in no list today: add div mul eq equal ge gt le lt ne cat stack
#> refused: 1 as before; in no list today:
old = {name for names in APEX.values() for name in names.split()}
new = sorted(n for n, p in today.items() if n not in old and p == "lower" and not n.startswith("_"))
print("lower, new:", *new)
#> lower, new: chain_matmul convolution cudnn_convolution cudnn_convolution_transpose einsum gru_cell linalg_multi_dot linalg_vecdot lstm_cell rnn_relu_cell rnn_tanh_cell scaled_dot_product_attention
