"""`python -m reference_impl.train --config run.yaml --max_steps 500`."""

import os
import sys
from collections.abc import Sequence
from dataclasses import fields

from jsonargparse import ArgumentParser

from reference_impl.saving import CheckpointError
from reference_impl.train.config import RunError, TrainConfig
from reference_impl.train.loop import train


def read_config(arguments: Sequence[str]) -> TrainConfig:
    """Read the settings from flags, and from the YAML file that `--config` names; a later one wins.

    Args:
        arguments: as in `sys.argv[1:]`.

    Returns:
        The settings. With a wrong one the process ends with code 2 and says which.
    """
    parser = ArgumentParser(
        prog="python -m reference_impl.train",
        allow_abbrev=False,
        description="Train a model; go on exactly where the run in the folder stopped, if it did.",
    )
    parser.add_argument("--config", action="config", help="a YAML file with any of these settings")
    parser.add_class_arguments(TrainConfig)
    found = parser.parse_args(list(arguments))
    if not found.task:
        parser.error(
            "task: expected module:function, such as reference_impl.train.characters:task, got none"
        )
    try:
        return TrainConfig(**{f.name: found[f.name] for f in fields(TrainConfig)})
    except ValueError as error:
        parser.error(str(error))


def main(arguments: Sequence[str]) -> int:
    """Train, and return the exit code: 0 at the end, 128 + the signal's number if one stopped it, 1 for a failure."""
    config = read_config(arguments)
    try:
        result = train(config)
    except (OSError, RunError, CheckpointError, FloatingPointError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    if result.signal is not None:
        if os.environ.get("RANK", "0") == "0":  # what torchrun sets
            print(
                f"stopped after step {result.step}, and saved; the same command goes on from there"
            )
        return 128 + result.signal
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
