import torch

from reference_impl.position_embeddings import BenchConfig, Learned, TinyModel, tail_accuracy

torch.manual_seed(0)
config = BenchConfig()
tail_accuracy(TinyModel(Learned(32, 64), config), 48, config)
#! ValueError: expected positions below 32, the length of the learned table, got 47
