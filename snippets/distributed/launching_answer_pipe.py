import subprocess

for line in ("sh Train.sh | tee log", "set -o pipefail; sh Train.sh | tee log"):
    code = "echo 'exit 3' > Train.sh; " + line
    print(f"{line}: exit code {subprocess.run(['bash', '-c', code]).returncode}")
#> sh Train.sh | tee log: exit code 0
#> set -o pipefail; sh Train.sh | tee log: exit code 3
