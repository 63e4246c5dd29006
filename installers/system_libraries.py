"""Finds the system libraries a Debian or Ubuntu machine lacks, and the one apt-get line that brings them.

Standard library only: it runs before the environment exists.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

# Several names in one row: any of them will do.
LIBRARIES = {
    # Qt, in a window and off screen
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libGLX_mesa.so.0 libGLX_nvidia.so.0": "libglx-mesa0",
    "libEGL_mesa.so.0 libEGL_nvidia.so.0": "libegl-mesa0",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libdbus-1.so.3": "libdbus-1-3",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libxkbcommon.so.0": "libxkbcommon0",
    # Qt's X11 platform
    "libX11.so.6": "libx11-6",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxcb-util.so.1": "libxcb-util1",
    # VTK's window classes, loaded even when it renders off screen
    "libXcursor.so.1": "libxcursor1",
    "libXrender.so.1": "libxrender1",
    # kernels
    "libgomp.so.1": "libgomp1",
}
FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts")
FONT_PACKAGE = "fonts-dejavu-core"

Say = Callable[[str], None]


def _loads(name: str) -> bool:
    """Whether the dynamic loader finds `name`; asked of the loader itself, which knows every search path."""
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def _has_fonts(folders: Sequence[str] = FONT_FOLDERS) -> bool:
    return any(next(Path(folder).rglob("*.[to]tf"), None) for folder in folders)


def missing_packages(loads: Callable[[str], bool] = _loads, has_fonts: Callable[[], bool] = _has_fonts) -> list[str]:
    """The Debian packages whose libraries the loader does not find, each once, in the order of the table."""
    packages = [package for names, package in LIBRARIES.items() if not any(map(loads, names.split()))]
    if not has_fonts():
        packages.append(FONT_PACKAGE)
    return list(dict.fromkeys(packages))


def is_debian() -> bool:
    """Whether apt-get is how this machine gets system libraries."""
    return sys.platform.startswith("linux") and shutil.which("apt-get") is not None


def install_line(packages: Sequence[str]) -> str:
    """The one line a person runs to bring the packages."""
    return "sudo apt-get update && sudo apt-get install -y " + " ".join(packages)


def bring(packages: Sequence[str], say: Say) -> bool:
    """Install packages where this process may (root), otherwise print the line to run; True when nothing is missing any more."""
    if not packages:
        return True
    if sys.platform == "win32" or os.geteuid() != 0:
        say("Missing system libraries. To install them run:\n    " + install_line(packages))
        return False
    say("Installing system libraries with apt-get: " + " ".join(packages))
    if not (_apt_get(["install"], packages) or (_apt_get(["update"], ()) and _apt_get(["install"], packages))):
        say("apt-get could not install them. Set-up goes on; to try again run:\n    " + install_line(packages))
        return False
    return True


def _apt_get(verb: Sequence[str], packages: Sequence[str]) -> bool:
    command = ["apt-get", *verb, "-y", "-q", "-o", "DPkg::Lock::Timeout=120"]
    if packages:
        command += ["--no-install-recommends", *packages]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0 and verb != ["install"]:
        print(done.stdout[-800:], file=sys.stderr)
    return done.returncode == 0


def check(say: Say, also: Sequence[str] = ()) -> None:
    """Bring what a Debian or Ubuntu machine lacks, and the packages `also`; elsewhere these come with the operating system."""
    if not is_debian():
        return
    packages = [*also, *missing_packages()]
    if bring(packages, say) and packages:
        still = missing_packages()
        if still:
            say("Still missing after installation: " + " ".join(still))
