from reference_impl.bert import check_tags, tags_to_spans

tags = ["O", "I-PER", "B-LOC", "I-ORG"]
print(len(tags_to_spans(tags)), len(tags_to_spans(tags, "BIO")))  # leniently, strictly
#> 3 1
check_tags(tags)
#! ValueError: expected tags of BIO, got 'I-PER' after 'O' at place 1
