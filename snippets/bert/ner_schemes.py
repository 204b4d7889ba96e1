from reference_impl.bert import Span, spans_to_tags

words = "Bo met Ann Ada Lee".split()
spans = [Span(0, 1, "PER"), Span(2, 3, "PER"), Span(3, 5, "PER")]
for scheme in ("BIO", "BIOES"):
    print(f"{scheme:5}", *spans_to_tags(spans, len(words), scheme))
#> BIO   B-PER O B-PER B-PER I-PER
#> BIOES S-PER O S-PER B-PER E-PER
