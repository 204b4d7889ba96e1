from reference_impl.bert import Span, spans_to_tags, tags_to_spans

words = "Ada Lovelace left London in 1835".split()
people_places_dates = [Span(0, 2, "PER"), Span(3, 4, "LOC"), Span(5, 6, "DATE")]
tags = spans_to_tags(people_places_dates, len(words))
print(tags)
#> ['B-PER', 'I-PER', 'O', 'B-LOC', 'O', 'B-DATE']
print(tags_to_spans(tags) == people_places_dates)
#> True
