"""Makes the application bundle for this system, in `dist/cto-planner`, and tries it.

Needs an environment with `installers/requirements-bundle.lock`; run there: `python installers/bundle.py`.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = ROOT / "dist" / "cto-planner" / ("cto-planner.exe" if sys.platform == "win32" else "cto-planner")


def main() -> int:
    """Make the bundle, then start it twice: `version`, and `doctor`, which imports and probes what a frozen program may miss."""
    recipe = str(ROOT / "installers" / "bundle.spec")
    subprocess.run([sys.executable, "-m", "PyInstaller", "--noconfirm", recipe], cwd=ROOT, check=True)
    subprocess.run([str(PROGRAM), "version"], cwd=ROOT.parent, check=True)
    # `doctor` ends with 1 where something on this machine should be looked at; that is no fault of the bundle.
    doctor = subprocess.run([str(PROGRAM), "doctor"], cwd=ROOT.parent, check=False)
    size = sum(path.stat().st_size for path in PROGRAM.parent.rglob("*") if path.is_file())
    print(f"{PROGRAM.parent}: {size / 1e6:.0f} MB")
    return 0 if doctor.returncode in (0, 1) else 1


if __name__ == "__main__":
    sys.exit(main())
