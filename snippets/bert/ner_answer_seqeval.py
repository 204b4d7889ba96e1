from reference_impl.bert import span_scores, tags_to_spans

wanted, found = ["B-PER", "I-PER"], ["I-PER", "I-PER"]
for scheme in (None, "BIO"):
    spans = [[tags_to_spans(tags, scheme)] for tags in (wanted, found)]
    print(scheme, span_scores(*spans).overall.f1)
#> None 1.0
#> BIO 0.0
