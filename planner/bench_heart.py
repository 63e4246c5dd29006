"""Whole generated hearts: rendered once and followed once, then judged by every part that was asked for."""

from collections.abc import Iterator
from functools import partial

from planner.bench_cases import CLEAR, HARD, NO_DISTAL, VARIED, heart_cases
from planner.bench_clicks import click_rows
from planner.bench_job import Job, Rows
from planner.bench_occlusion import occlusion_rows
from planner.bench_tree import tree_rows
from recon.phantom import render
from recon.phantom_case import Case
from recon.report import Report, part_of
from recon.tree import Seeds, coronary_tree

TREE, OCCLUSION, CLICKS = "tree", "occlusion", "clicks"

JUDGED = {TREE: (VARIED, CLEAR, NO_DISTAL, HARD), OCCLUSION: (VARIED, CLEAR), CLICKS: (VARIED, NO_DISTAL)}
"""The groups of cases that each part is judged on."""

CLICKED = 2
"""Paths from clicks are followed on one case in so many: three spans and three ways to click take as long as all else."""


def heart_jobs(parts: tuple[str, ...], count: int, seed: int) -> Iterator[Job]:
    """One job a case, with the parts judged on it."""
    for group, case in heart_cases(count, seed):
        own = tuple(p for p in parts if group in JUDGED[p] and (p != CLICKS or case.seed % CLICKED == 0))
        if own:
            yield Job(f"{group.replace(' ', '-')}-{case.seed}", partial(measure_heart, own, group, case))


def measure_heart(parts: tuple[str, ...], group: str, case: Case, report: Report) -> Rows:
    """Rows of one case for each part."""
    volume = render(case, part_of(report, 0.0, 0.2))
    rows: Rows = {}
    if CLICKS in parts:
        rows[CLICKS] = click_rows(group, case, volume, part_of(report, 0.2, 0.4))
    if TREE in parts or OCCLUSION in parts:
        tree = coronary_tree(volume, Seeds(), part_of(report, 0.4, 0.7))
        if TREE in parts:
            rows[TREE] = tree_rows(group, case, tree)
        if OCCLUSION in parts:
            rows[OCCLUSION] = occlusion_rows(group, case, volume, tree, part_of(report, 0.7, 1.0))
    return rows
