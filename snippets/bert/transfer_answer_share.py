from reference_impl.bert import BertClassifier, BertConfig

config = BertConfig(vocab=2_000, dim=64, layers=2, heads=4, hidden=256, context=64)
model = BertClassifier(config, classes=4)
new = sum(p.numel() for p in model.classifier.parameters())
total = sum(p.numel() for p in model.parameters())
print(new, total, f"{1 - new / total:.1%}")
#> 260 236740 99.9%
