"""Files the program ships: demo series, templates, fonts, icons, lab profiles, device catalogue, key map."""

from pathlib import Path

_ROOT = Path(__file__).resolve().parent


def resource_path(*parts: str) -> Path:
    """The path of a shipped file or folder; works from a checkout and from a bundle."""
    return _ROOT.joinpath(*parts)
