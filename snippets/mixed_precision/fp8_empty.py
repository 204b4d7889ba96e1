from reference_impl.mixed_precision import AmaxHistory, float_format

AmaxHistory(length=16).scale(float_format("e5m2"))
#! ValueError: expected a recorded step before the first scale, got none
