from reference_impl.attention import TransformerConfig

TransformerConfig(vocab=100, dim=510, heads=8)
#! ValueError: expected an even dim that heads divide
