from reference_impl.bert import Span, span_errors, span_scores

wanted = [[Span(0, 2, "PER"), Span(4, 5, "LOC")], [Span(1, 4, "ORG")]]
found = [[Span(0, 1, "PER"), Span(4, 5, "LOC")], [Span(1, 4, "PER"), Span(6, 7, "PER")]]
report = span_scores(wanted, found)
print(report.overall)
#> SpanScores(precision=0.25, recall=0.33, f1=0.29, wanted=3)
for label, scores in report.by_label.items():
    print(label, scores)
#> LOC SpanScores(precision=1.00, recall=1.00, f1=1.00, wanted=1)
#> ORG SpanScores(precision=0.00, recall=0.00, f1=0.00, wanted=1)
#> PER SpanScores(precision=0.00, recall=0.00, f1=0.00, wanted=1)
print(sorted(span_errors(wanted, found).items()))
#> [('invented', 1), ('right', 1), ('wrong bounds', 1), ('wrong label', 1)]
