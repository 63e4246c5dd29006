"""The failure gallery of the tree: the worst cases per measure as pictures with truth, result and caption, and a page of them."""

from collections.abc import Callable
from html import escape
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from planner.bench_table import Row
from recon.estimate import FloatArray
from recon.phantom import OCCLUDABLE, render
from recon.phantom_case import Case
from recon.phantom_truth import Truth, VesselTruth
from recon.reformat import straightened
from recon.report import silent
from recon.tree import Seeds, coronary_tree
from recon.vessels import Tree
from recon.volume import Volume

VIEWS = (
    ("from the front", np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])),
    ("from the left front", np.array([[0.5, -0.87, 0.0], [0.0, 0.0, 1.0]])),
    ("from the head", np.array([[1.0, 0.0, 0.0], [0.0, -1.0, 0.0]])),
)
"""(name, two LPS directions drawn to the right and upwards)."""

EACH = 2
"""Cases shown per measure."""

HALF_MM = 8.0
WINDOW_HU = (-200, 900)


def _number(row: Row, key: str, missing: float) -> float:
    value = row.get(key)
    return float(value) if isinstance(value, (int, float)) else missing


MEASURES: tuple[tuple[str, str, Callable[[Row], float], float], ...] = (
    ("overlap of a main vessel", "main", lambda r: _number(r, "ov", 0.0), 0.95),
    ("main vessel named wrong", "main", lambda r: float(bool(r.get("named"))), 1.0),
    ("false bridge", "occlusion", lambda r: float(not r.get("false_bridge")), 1.0),
    ("occlusion not bridged", "occlusion", lambda r: float(bool(r.get("bridged", True))), 1.0),
    ("distance in the occlusion", "occlusion", lambda r: -_number(r, "max_mm", 0.0), -1.5),
    ("false branches", "case", lambda r: -_number(r, "false_branches", 0.0), -1.0),
    ("side branch not found", "branch", lambda r: _number(r, "covered", 0.0), 0.5),
    ("side branch named wrong", "branch", lambda r: float(bool(r.get("named"))), 1.0),
    ("vessel wrongly called lost", "case", lambda r: -_number(r, "wrongly_lost", 0.0), 0.0),
)
"""(measure, kind of row, goodness, goodness from which a row is no failure): the least good rows are shown."""


def worst_trees(rows: list[Row]) -> dict[int, list[str]]:
    """Seeds of the worst cases, each with what is bad about it, in the order of `MEASURES`."""
    chosen: dict[int, list[str]] = {}
    for what, kind, goodness, enough in MEASURES:
        bad = sorted((r for r in rows if r.get("kind") == kind and goodness(r) < enough), key=goodness)
        for row in bad[:EACH]:
            name = f"{what} {row['vessel']}" if "vessel" in row else what
            chosen.setdefault(int(str(row["seed"])), []).append(name)
    return chosen


def tree_gallery(rows: list[Row], cases: dict[int, Case], folder: Path) -> None:
    """A picture of each of the worst cases and `index.html` that shows them with captions."""
    parts = ["<!doctype html><meta charset='utf-8'><title>Worst cases of the tree</title><h1>Worst cases of the tree</h1>"]
    for seed, reasons in worst_trees(rows).items():
        case = cases[seed]
        tree_page(case, render(case), folder / f"seed-{seed}.png")
        group = next(str(r["group"]) for r in rows if r["seed"] == seed)
        caption = f"Seed {seed}, {group} {' '.join(case.hazards)}: {'; '.join(reasons)}."
        parts.append(f"<h2>{escape(caption)}</h2><img src='seed-{seed}.png' width='100%'>")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "index.html").write_text("\n".join(parts) + "\n", encoding="utf-8")


def tree_page(case: Case, volume: Volume, path: Path) -> None:
    """Three projections of true and found vessels, and straightened views along the true main vessels with the found line."""
    tree = coronary_tree(volume, Seeds(), silent)
    figure = Figure(figsize=(18, 16))
    grid = figure.add_gridspec(4, 3, height_ratios=(3, 1, 1, 1))
    for n, (name, axes_lps) in enumerate(VIEWS):
        _projection(figure.add_subplot(grid[0, n]), name, axes_lps, case.truth, tree)
    for n, vessel in enumerate(v for v in case.truth.vessels if v.name in OCCLUDABLE):
        _along(figure.add_subplot(grid[n + 1, :]), vessel, case, volume, tree)
    title = "grey: true, dotted without contrast; blue: veins; coloured: found; red: bridged"
    figure.suptitle(f"seed {case.seed} {' '.join(case.hazards)}  ({title})")
    _save(figure, path)


def _projection(axes: Axes, name: str, axes_lps: FloatArray, truth: Truth, tree: Tree) -> None:
    for vessel in truth.vessels:
        flat = vessel.centerline.points_mm @ axes_lps.T
        if vessel.kind != "artery":
            axes.plot(*flat.T, color="royalblue", linewidth=3, alpha=0.3)
            continue
        axes.plot(*flat.T, color="0.6", linewidth=1, linestyle=":")
        axes.plot(*np.where((vessel.lumen_radius_mm > 0)[:, None], flat, np.nan).T, color="0.6", linewidth=5, alpha=0.6)
    for n, found in enumerate(tree.vessels):
        flat = found.centerline.points_mm @ axes_lps.T
        colour = f"C{1 + n % 9}"
        axes.plot(*flat.T, color=colour, linewidth=1.2)
        x, y = flat[int(0.6 * len(flat))]
        axes.text(float(x), float(y), found.name, color=colour, fontsize=9)
        for low, high in found.bridged_mm:
            axes.plot(*(found.centerline.between(low, high) @ axes_lps.T).T, color="red", linewidth=2.5)
    axes.set_aspect("equal")
    axes.set_title(name)


def _along(axes: Axes, vessel: VesselTruth, case: Case, volume: Volume, tree: Tree) -> None:
    flat = straightened(volume, vessel.centerline, half_width_mm=HALF_MM, pixel_mm=0.2, step_mm=0.5)
    length = vessel.centerline.length_mm
    image = flat.hu[:, :, flat.hu.shape[2] // 2].T
    low, high = WINDOW_HU
    axes.imshow(image, cmap="gray", vmin=low, vmax=high, extent=(0, length, -HALF_MM, HALF_MM), aspect="auto")
    found = tree.vessel(vessel.name)
    if found is not None:
        s, theta, r = vessel.centerline.locate(found.centerline.points_mm)
        axes.plot(s, np.clip(r * np.cos(theta), -HALF_MM, HALF_MM), color="tab:orange", linewidth=1)
    for occlusion in case.truth.occlusions:
        if occlusion.vessel == vessel.name:
            for s_mm in (occlusion.start_mm, occlusion.end_mm):
                axes.axvline(s_mm, color="tab:cyan")
    problems = ", ".join(p.code for p in tree.problems if p.vessel == vessel.name)
    text = (
        f"{vessel.name} {problems}: its true course is the middle line, the found line orange, true caps cyan; mm from the ostium"
    )
    axes.set_title(text, fontsize=10)


def _save(figure: Figure, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.tight_layout()
    FigureCanvasAgg(figure).print_figure(str(path), dpi=70)
