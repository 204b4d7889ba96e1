"""Mixed precision from scratch: autocast, loss scaling, float32 copies; number formats, FP8, blocks of 4 bits."""

from reference_impl.mixed_precision.block_formats import (
    Blocks,
    mx_encode,
    nvfp4_encode,
    pack_fp4,
    unpack_fp4,
)
from reference_impl.mixed_precision.casting import autocast
from reference_impl.mixed_precision.formats import (
    FORMATS,
    FloatFormat,
    float_format,
    stochastic_round,
)
from reference_impl.mixed_precision.fp8 import (
    ScaledFp8,
    amax_scale,
    fp8_product,
    quantise_fp8,
    real_fp8_product,
    require_fp8_matmul,
)
from reference_impl.mixed_precision.fp8_linear import (
    AmaxHistory,
    Fp8Linear,
    Fp8Recipe,
    convert_linears,
)
from reference_impl.mixed_precision.fp8_training import (
    english_gpt,
    english_rows,
    fp8_run,
)
from reference_impl.mixed_precision.grad_scaler import GradScaler, unscale_in_place
from reference_impl.mixed_precision.master_weights import (
    LevelTask,
    MasterWeights,
    Recipe,
    matmul_in,
    train_level,
)
from reference_impl.mixed_precision.probes import (
    Casts,
    autocast_kernels,
    autocast_ops,
    probe,
    probe_all,
)

__all__ = [
    "FORMATS",
    "AmaxHistory",
    "Blocks",
    "Casts",
    "FloatFormat",
    "Fp8Linear",
    "Fp8Recipe",
    "GradScaler",
    "LevelTask",
    "MasterWeights",
    "Recipe",
    "ScaledFp8",
    "amax_scale",
    "autocast",
    "autocast_kernels",
    "autocast_ops",
    "convert_linears",
    "english_gpt",
    "english_rows",
    "float_format",
    "fp8_product",
    "fp8_run",
    "matmul_in",
    "mx_encode",
    "nvfp4_encode",
    "pack_fp4",
    "probe",
    "probe_all",
    "quantise_fp8",
    "real_fp8_product",
    "require_fp8_matmul",
    "stochastic_round",
    "train_level",
    "unpack_fp4",
    "unscale_in_place",
]
