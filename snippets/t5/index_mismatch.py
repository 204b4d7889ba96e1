from reference_impl.t5 import T5, T5Config, load_hugging_face, to_hugging_face

sizes = {
    "vocab": 50,
    "dim": 16,
    "head_dim": 4,
    "heads": 4,
    "hidden": 32,
    "layers": 1,
    "decoder_layers": 1,
}
other = T5(T5Config(**sizes, gated=True))
state = to_hugging_face(other) | {"shared.weight": other.tokens.weight[:48]}
try:
    load_hugging_face(T5(T5Config(**sizes)), state)
except ValueError as error:
    print(error)
    #> the state dict does not fit the model:
    #> missing: encoder.block.0.layer.1.DenseReluDense.wi.weight, decoder.block.0.layer.2.DenseReluDense.wi.weight
    #> unknown: encoder.block.0.layer.1.DenseReluDense.wi_0.weight, encoder.block.0.layer.1.DenseReluDense.wi_1.weight, decoder.block.0.layer.2.DenseReluDense.wi_0.weight, decoder.block.0.layer.2.DenseReluDense.wi_1.weight
    #> shared.weight expected of shape (50, 16), got (48, 16)
