from reference_impl.bert import BertConfig

print(BertConfig.from_hugging_face({"hidden_size": 384, "num_attention_heads": 12}))
#> BertConfig(vocab=30522, dim=384, layers=12, heads=12, hidden=3072, context=512, types=2, dropout=0.1, attention_dropout=0.1, norm_eps=1e-12, init_std=0.02, pad=0)
BertConfig.from_hugging_face({"hidden_size": 384, "num_atention_heads": 6})
#! ValueError: unknown field 'num_atention_heads'; those that set a size are vocab_size,
