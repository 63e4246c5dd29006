"""Lab profiles: the C-arm limits and distances of one catheter laboratory, read from TOML and checked."""

import os
import sys
import tomllib
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from recon.carm import CArm
from recon.errors import CallError, PlannerError

Limits = tuple[float, float]
CONFIG_VARIABLE = "CTO_PLANNER_CONFIG"
"""Environment variable that names another folder for the person's own settings."""


@dataclass(frozen=True, slots=True)
class BlockedZone:
    """Angles that cannot be taken, as a polygon of (primary, secondary) corners, and why."""

    reason: str
    corners_deg: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class LabProfile:
    """What one C-arm can reach (`hard_*`) and takes with ease (`comfortable_*`); (low, high) in degrees, LAO and CRA positive."""

    name: str
    label: str
    source: str
    hard_primary_deg: Limits
    hard_secondary_deg: Limits
    comfortable_primary_deg: Limits
    comfortable_secondary_deg: Limits
    carm: CArm = field(default_factory=CArm)
    blocked: tuple[BlockedZone, ...] = ()

    def reachable(self, primary_deg: npt.ArrayLike, secondary_deg: npt.ArrayLike) -> npt.NDArray[np.bool_]:
        """Whether the C-arm can take each view (...)."""
        primary, secondary = np.broadcast_arrays(np.asarray(primary_deg, float), np.asarray(secondary_deg, float))
        allowed = _inside(primary, self.hard_primary_deg) & _inside(secondary, self.hard_secondary_deg)
        for zone in self.blocked:
            allowed &= ~_in_polygon(primary, secondary, zone.corners_deg)
        return allowed

    def comfortable(self, primary_deg: npt.ArrayLike, secondary_deg: npt.ArrayLike) -> npt.NDArray[np.bool_]:
        """Whether each view (...) is reachable with ease."""
        primary, secondary = np.broadcast_arrays(np.asarray(primary_deg, float), np.asarray(secondary_deg, float))
        easy = _inside(primary, self.comfortable_primary_deg) & _inside(secondary, self.comfortable_secondary_deg)
        return easy & self.reachable(primary, secondary)


def config_folder() -> Path:
    """The folder of a person's own settings; it need not exist."""
    if stated := os.environ.get(CONFIG_VARIABLE):
        return Path(stated)
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA", Path.home() / "AppData" / "Roaming")) / "CTO Planner"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "CTO Planner"
    return Path(os.environ.get("XDG_CONFIG_HOME", Path.home() / ".config")) / "cto-planner"


def lab_profile(name: str) -> LabProfile:
    """The profile of that name; a file labs/NAME.toml in the config folder goes before the shipped one.

    Raises CallError for a name that does not exist and PlannerError for a file that makes no sense.
    """
    texts = _profile_texts()
    if name not in texts:
        raise CallError("There is no such lab profile.", f"Asked for {name!r}.", f"Use one of: {', '.join(sorted(texts))}.")
    where, text = texts[name]
    return _profile(name, where, text)


def lab_names() -> tuple[str, ...]:
    """The names of all profiles, `default` first."""
    return tuple(sorted(_profile_texts(), key=lambda name: (name != "default", name)))


def _profile_texts() -> dict[str, tuple[str, str]]:
    shipped = [item for item in files("resources").joinpath("labs").iterdir() if item.name.endswith(".toml")]
    own = config_folder() / "labs"
    texts = {item.name[:-5]: (item.name, item.read_text(encoding="utf-8")) for item in shipped}
    if own.is_dir():
        texts |= {path.stem: (str(path), path.read_text(encoding="utf-8")) for path in sorted(own.glob("*.toml"))}
    return texts


def _profile(name: str, where: str, text: str) -> LabProfile:
    try:
        table = tomllib.loads(text)
        profile = LabProfile(
            name=name,
            label=str(table["label"]),
            source=str(table["source"]),
            hard_primary_deg=_limits(table, "hard", "primary_deg", 180.0),
            hard_secondary_deg=_limits(table, "hard", "secondary_deg", 90.0),
            comfortable_primary_deg=_limits(table, "comfortable", "primary_deg", 180.0),
            comfortable_secondary_deg=_limits(table, "comfortable", "secondary_deg", 90.0),
            carm=CArm(float(table["source_isocenter_mm"]), float(table["source_detector_mm"])),
            blocked=tuple(_blocked(zone) for zone in table.get("blocked", ())),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise PlannerError("The lab profile cannot be used.", f"{where}: {error!s}.", "Correct the file or remove it.") from error
    return profile


def _limits(table: dict[str, Any], kind: str, axis: str, largest: float) -> Limits:
    low, high = (float(v) for v in table[kind][axis])
    if not -largest <= low < high <= largest:
        raise ValueError(f"{kind}.{axis} must be two rising angles within {largest:g} degrees, got {low:g}, {high:g}")
    return low, high


def _blocked(zone: dict[str, Any]) -> BlockedZone:
    corners = tuple((float(a), float(b)) for a, b in zone["corners_deg"])
    if len(corners) < 3:
        raise ValueError("a blocked zone needs three corners or more")
    return BlockedZone(str(zone["reason"]), corners)


def _inside(values: npt.NDArray[np.float64], limits: Limits) -> npt.NDArray[np.bool_]:
    return np.asarray((values >= limits[0]) & (values <= limits[1]))


def _in_polygon(
    x: npt.NDArray[np.float64], y: npt.NDArray[np.float64], corners: tuple[tuple[float, float], ...]
) -> npt.NDArray[np.bool_]:
    """Even-odd rule."""
    inside = np.zeros(x.shape, dtype=bool)
    for (x0, y0), (x1, y1) in zip(corners, corners[1:] + corners[:1], strict=True):
        if y0 == y1:
            continue
        crosses = (y0 > y) != (y1 > y)
        inside ^= crosses & (x < (x1 - x0) * (y - y0) / (y1 - y0) + x0)
    return inside
