from reference_impl.t5 import raw_length, span_lengths

length = raw_length(512)
print(length, span_lengths(length), span_lengths(length + 1))
#> 568 (512, 114) (513, 114)
print(f"of each text the decoder reads {span_lengths(length)[1] / length:.0%}")
#> of each text the decoder reads 20%
