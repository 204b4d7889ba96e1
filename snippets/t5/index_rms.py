import torch

from reference_impl.t5 import T5, T5Config

norm = T5(T5Config(vocab=10, dim=4, layers=1, decoder_layers=1)).encoder_norm
x = torch.tensor([3.0, 1.0, -1.0, 5.0])
print(norm(x))
#> tensor([ 1.0000,  0.3333, -0.3333,  1.6667], grad_fn=<MulBackward0>)
print(x / x.square().mean().sqrt())
#> tensor([ 1.0000,  0.3333, -0.3333,  1.6667])
print(norm(x + 100))  # the mean is not subtracted, so it fills the result
#> tensor([1.0096, 0.9900, 0.9704, 1.0292], grad_fn=<MulBackward0>)
