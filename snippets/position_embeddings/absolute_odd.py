from reference_impl.position_embeddings import Sinusoidal

Sinusoidal(dim=5)
#! ValueError: expected an even dim of at least 2, got 5
