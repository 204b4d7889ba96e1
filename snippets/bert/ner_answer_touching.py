from reference_impl.bert import Span, spans_to_tags, tags_to_spans

tags = spans_to_tags([Span(0, 1, "PER"), Span(1, 3, "PER")], 3)
without_b = [tag.replace("B-", "I-") for tag in tags]
print(tags, tags_to_spans(without_b))
#> ['B-PER', 'B-PER', 'I-PER'] [Span(start=0, end=3, label='PER')]
