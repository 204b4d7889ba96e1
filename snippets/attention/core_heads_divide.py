from reference_impl.attention import MultiHeadAttention

MultiHeadAttention(dim=512, heads=12)
#! ValueError: expected heads to divide dim 512, got 12 heads; or give head_dim
