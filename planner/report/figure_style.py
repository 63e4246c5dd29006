"""How figures on white paper look: colours that the colour-blind tell apart, one font, sizes in millimetres."""

import io
from collections.abc import Iterator
from contextlib import contextmanager

import matplotlib
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from resources import resource_path

INK = "#1B232C"
DIM = "#5B6672"
LINE = "#C9D1D9"
CALCIUM = "#B8860B"
CALCIUM_ON_CT = "#F0E442"
LUMEN_ON_CT = "#56B4E9"
WALL_ON_CT = "#CC79A7"
OCCLUSION = "#D55E00"
UNCERTAIN = "#009E73"
OCCLUSION_SHADE = "#FBE9DD"

WINDOW_HU = (-250.0, 1150.0)
"""Wide, so that calcium and lumen stay apart (docs/clinical.md B.8)."""

MM_PER_INCH = 25.4
PICTURE_DPI = 220

_SETTINGS = {
    "font.family": ["Inter"],
    "font.size": 7.5,
    "axes.titlesize": 8,
    "axes.titleweight": "semibold",
    "axes.labelsize": 7.5,
    "axes.edgecolor": DIM,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "text.color": INK,
    "axes.labelcolor": INK,
    "xtick.color": DIM,
    "ytick.color": DIM,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "svg.fonttype": "none",
    "svg.hashsalt": "cto-planner",
}


@contextmanager
def drawing(width_mm: float, height_mm: float) -> Iterator[Figure]:
    """An empty figure of that size; everything drawn inside follows the style."""
    for path in sorted(resource_path("fonts").glob("*.otf")):
        if all(entry.fname != str(path) for entry in font_manager.fontManager.ttflist):
            font_manager.fontManager.addfont(str(path))
    with matplotlib.rc_context(_SETTINGS):
        yield Figure(figsize=(width_mm / MM_PER_INCH, height_mm / MM_PER_INCH))


def axes_mm(figure: Figure, left: float, bottom: float, width: float, height: float) -> Axes:
    """Axes placed in millimetres from the lower left corner."""
    full_width, full_height = (v * MM_PER_INCH for v in figure.get_size_inches())
    return figure.add_axes((left / full_width, bottom / full_height, width / full_width, height / full_height))


def svg_bytes(figure: Figure) -> bytes:
    """The figure as SVG with text kept as text; the same figure gives the same bytes."""
    stream = io.BytesIO()
    with matplotlib.rc_context(_SETTINGS):
        figure.savefig(stream, format="svg", dpi=PICTURE_DPI, metadata={"Date": None, "Creator": None})
    return stream.getvalue()
