from reference_impl.bert import BertClassifier, BertConfig, BertForPreTraining

config = BertConfig(vocab=50, dim=8, layers=1, heads=2, hidden=16)
pretrained, model = BertForPreTraining(config), BertClassifier(config, classes=4)
model.bert.load_state_dict(pretrained.bert.state_dict())

copied = sum(p.numel() for p in model.bert.parameters())
fresh = sum(p.numel() for p in model.classifier.parameters())
left = sum(p.numel() for p in pretrained.parameters()) - copied
print(copied, "copied;", fresh, "new;", left, "left behind")
#> 5200 copied; 36 new; 156 left behind
