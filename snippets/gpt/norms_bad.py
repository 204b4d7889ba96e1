from reference_impl.gpt import GPTConfig

GPTConfig.gpt2(norm="middle")
#! ValueError: expected norm to be 'post' or 'pre', got 'middle'
