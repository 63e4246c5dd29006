"""Pages of pictures of the worst cases, made by the same command as the figures."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from planner.bench_table import Row
from recon.phantom_case import Case
from recon.phantom_truth import VesselTruth
from recon.reformat import section_view
from recon.volume import Volume

WINDOW_HU = (-200, 1000)
WORST = 6


def section_page(rows: list[Row], volumes: Callable[[int], tuple[Case, Volume]], path: Path, title: str) -> None:
    """Sections of rows with their true and measured calcium area."""
    figure = Figure(figsize=(16, 9))
    for n, row in enumerate(rows[:12]):
        case, volume = volumes(int(str(row["seed"])))
        vessel = case.truth.vessel(str(row["vessel"]))
        if vessel is None:
            continue
        axes = figure.add_subplot(3, 4, n + 1)
        s = float(str(row["s_mm"]))
        image = section_view(volume, vessel.centerline, s, half_width_mm=5.0, pixel_mm=0.1).hu
        axes.imshow(image, cmap="gray", vmin=WINDOW_HU[0], vmax=WINDOW_HU[1], extent=(-5, 5, -5, 5))
        _circles(axes, vessel, s)
        axes.set_title(f"{row['vessel']} {row['seed']} s {s:.1f}: {row['area']:.2f} / {row['got_area']:.2f} mm2", fontsize=8)
        axes.set_axis_off()
    figure.suptitle(f"{title}: true / measured calcium area; true wall (green) and lumen (orange)")
    save(figure, path)


def _circles(axes: object, vessel: VesselTruth, s_mm: float) -> None:
    """True wall about its own centre and lumen about the centerline; right is the binormal, up the normal."""
    angle = np.linspace(0, 2 * np.pi, 100)
    up, right = (float(np.interp(s_mm, vessel.centerline.s_mm, vessel.wall_offset_mm[:, a])) for a in range(2))
    for radius, colour, x, y in (
        (vessel.wall_radius_mm, "tab:green", right, up),
        (vessel.lumen_radius_mm, "tab:orange", 0.0, 0.0),
    ):
        r = float(np.interp(s_mm, vessel.centerline.s_mm, radius))
        axes.plot(x + r * np.cos(angle), y + r * np.sin(angle), color=colour, linewidth=0.8)  # type: ignore[attr-defined]


def save(figure: Figure, path: Path) -> None:
    """Write a figure as PNG, folder included."""
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.tight_layout()
    FigureCanvasAgg(figure).print_figure(str(path), dpi=70)
