from pathlib import Path

from reference_impl.train.__main__ import read_config

Path("run.yaml").write_text("""
task: reference_impl.train.characters:task
max_steps: 2000
learning_rate: 1e-3
options:
  width: 256
""")
config = read_config(["--config", "run.yaml", "--max_steps", "500", "--options.context=32"])
print(config.max_steps, config.learning_rate, config.options)
#> 500 0.001 {'width': 256, 'context': 32}
