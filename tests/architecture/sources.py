"""The project's own source files, as the architecture tests read them."""

import ast
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGES = ("ui", "planner", "recon", "resources", "installers")


@cache
def project_files() -> tuple[Path, ...]:
    """Every file that belongs to the project: what git knows or would add, or, without git, what is there."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        names = done.stdout.splitlines()
    except (OSError, subprocess.CalledProcessError):
        names = [str(path.relative_to(ROOT)) for path in ROOT.rglob("*") if not any(part.startswith(".") for part in path.parts)]
    return tuple(path for name in names if (path := ROOT / name).is_file())


def python_files(*folders: str) -> tuple[Path, ...]:
    """Python files below the named folders, or all of the project's."""
    files = (path for path in project_files() if path.suffix == ".py")
    return tuple(path for path in files if not folders or path.relative_to(ROOT).parts[0] in folders)


@cache
def tree_of(path: Path) -> ast.Module:
    """The parsed file."""
    return ast.parse(path.read_text("utf-8"))


def imported_names(path: Path) -> set[str]:
    """Every module a file imports, wherever in the file."""
    names = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            names.add(node.module)
    return names


def top_level(names: set[str]) -> set[str]:
    """The first part of each module name."""
    return {name.partition(".")[0] for name in names}


def short(path: Path) -> str:
    """The path as a person writes it."""
    return path.relative_to(ROOT).as_posix()
