from reference_impl.bert import Bert, BertConfig, to_hugging_face

model = Bert(BertConfig(vocab=50, dim=8, layers=1, heads=2, hidden=16))
for name, weight in to_hugging_face(model).items():
    if name.startswith("encoder") and name.endswith("weight"):
        print(name.removeprefix("encoder.layer.0."), tuple(weight.shape))
#> attention.self.query.weight (8, 8)
#> attention.self.key.weight (8, 8)
#> attention.self.value.weight (8, 8)
#> attention.output.dense.weight (8, 8)
#> attention.output.LayerNorm.weight (8,)
#> intermediate.dense.weight (16, 8)
#> output.dense.weight (8, 16)
#> output.LayerNorm.weight (8,)
print([name for name, _ in model.layers[0].named_parameters() if name.endswith("weight")])
#> ['qkv.weight', 'attention_out.weight', 'attention_norm.weight', 'expand.weight', 'contract.weight', 'norm.weight']
