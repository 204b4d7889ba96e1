import torch
from torch.nn.attention.flex_attention import flex_attention

x = torch.ones(1, 1, 4, 16, requires_grad=True)
flex_attention(x, x, x)
#! NotImplementedError: FlexAttention does not support backward on CPU.
