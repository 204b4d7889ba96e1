from reference_impl.position_embeddings.rotary import Rotary

Rotary(10, fraction=0.5)
#! ValueError: expected an even rotary dimension of at least 2, got 5
