from reference_impl.bert import Span

starts = (0, 3, 9)  # where the tokens of "Bo lives inRome" start
entities = [Span(0, 2, "PER"), Span(11, 15, "LOC")]
print([span.label for span in entities if span.start in starts])
#> ['PER']
