from reference_impl.mixed_precision import float_format

float_format("e3m4")
#! ValueError: expected one of fp32, tf32, bf16, fp16, e5m2, e4m3, e2m1, e8m0, got 'e3m4'
