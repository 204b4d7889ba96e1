from reference_impl.bert import Bert, BertConfig, load_hugging_face, to_hugging_face

wide = BertConfig(vocab=50, dim=8, layers=1, heads=2, hidden=32)
narrow = BertConfig(vocab=50, dim=8, layers=1, heads=2, hidden=16)
state = to_hugging_face(Bert(wide))
state["pooler.weight"] = state.pop("pooler.dense.weight")
try:
    load_hugging_face(Bert(narrow), state)
except ValueError as error:
    print(error)
    #> the state does not fit the model
    #> missing: pooler.dense.weight of shape (8, 8)
    #> unexpected: pooler.weight of shape (8, 8)
    #> shape: encoder.layer.0.intermediate.dense.weight: expected (16, 8), got (32, 8)
    #> shape: encoder.layer.0.intermediate.dense.bias: expected (16,), got (32,)
    #> shape: encoder.layer.0.output.dense.weight: expected (8, 16), got (8, 32)
