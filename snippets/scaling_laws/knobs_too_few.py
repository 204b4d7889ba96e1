from reference_impl.scaling_laws import Language, gradient_norms, noise_scale, small_gpt

language = Language()
model = small_gpt(language, dim=8)
small = gradient_norms(model, language, rows=1, batches=1, seed=8)
noise_scale(1, small[0] * 16, 16, small[0])
#! ValueError: expected 16 rows to have more than 1/16 of the squared norm of 1 rows
