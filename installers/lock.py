"""Writes the hash-locked requirement files from the `.in` files; an authoring tool that needs `uv` on the path.

Run `python installers/lock.py` after editing a `.in` file, `python installers/lock.py --upgrade` to take newer versions.
The lock files name no package server; the installation uses whichever one the machine is set up for.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
LOWEST_PYTHON = "3.11"
SUPPORTED_PYTHONS = ("3.11", "3.12", "3.13")
PLATFORMS = ("x86_64-manylinux_2_34", "aarch64-manylinux_2_39", "x86_64-pc-windows-msvc", "aarch64-apple-darwin")
LOCKS = ("requirements", "requirements-dev", "requirements-bundle")


def main(arguments: list[str]) -> int:
    """Lock both files, then prove that every supported platform and Python finds ready-made wheels."""
    uv = shutil.which("uv")
    if uv is None:
        print("This tool needs uv. It was not found on the path. Install it with `pip install uv`.", file=sys.stderr)
        return 1
    for name in LOCKS:
        _lock(uv, name, arguments)
        _refuse_addresses(HERE / f"{name}.lock")
    missing = [line for platform in PLATFORMS for python in SUPPORTED_PYTHONS for line in _missing(uv, platform, python)]
    print("\n".join(missing) or "Every package has a wheel on every supported platform.")
    return 1 if missing else 0


def _lock(uv: str, name: str, arguments: list[str]) -> None:
    options = ["--universal", "--fork-strategy", "fewest", "--generate-hashes", "--no-annotate", "--no-header"]
    options += ["--no-emit-index-url", "--no-emit-find-links", "--python-version", LOWEST_PYTHON, "--quiet"]
    subprocess.run([uv, "pip", "compile", *options, *arguments, f"{name}.in", "-o", f"{name}.lock"], cwd=HERE, check=True)


def _refuse_addresses(lock: Path) -> None:
    for number, line in enumerate(lock.read_text("utf-8").splitlines(), 1):
        if "://" in line or line.startswith(("-i", "--index", "--extra", "--find", "--trusted")):
            raise SystemExit(f"A lock file may not name a server. {lock.name} line {number} does: {line}. Remove its source.")


def _missing(uv: str, platform: str, python: str) -> list[str]:
    options = ["--python-platform", platform, "--python-version", python, "--only-binary", ":all:", "--quiet"]
    # The PDF library's wheels ask for macOS 15; uv otherwise assumes an older one.
    environment = os.environ | {"MACOSX_DEPLOYMENT_TARGET": "15.0"}
    command = [uv, "pip", "compile", *options, "-c", "requirements-dev.lock", "requirements-dev.in"]
    done = subprocess.run(command, cwd=HERE, env=environment, capture_output=True, text=True, check=False)
    return [] if done.returncode == 0 else [f"{platform}, Python {python}: {done.stderr.strip()}"]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
