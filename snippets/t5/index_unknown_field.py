from reference_impl.t5 import T5Config

fields = {"d_model": 512, "d_ff": 1024, "num_heads": 6, "relative_attention_max_distence": 64}
T5Config.from_hugging_face(fields)
#! ValueError: expected fields of a T5 configuration, got unknown 'relative_attention_max_distence'
