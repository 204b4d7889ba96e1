from reference_impl.gpt import GPT, GPTConfig, from_hugging_face, to_hugging_face

config = GPTConfig(vocab=9, context=4, dim=8, layers=1, heads=2)
state = to_hugging_face(GPT(config))
state["transformer.wpe.weight"] = state["transformer.wpe.weight"][:2]
try:
    from_hugging_face(state, config)
except ValueError as error:
    print(error)
    #> state dict does not fit: transformer.wpe.weight expected (4, 8), got (2, 8)
del state["transformer.ln_f.bias"]
from_hugging_face(state, config)
#! ValueError: state dict does not fit: missing transformer.ln_f.bias; not expected none
