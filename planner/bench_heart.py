"""Whole generated hearts: rendered once and followed once, then judged by every part that was asked for."""

from collections.abc import Iterator
from functools import partial

from planner.bench_cases import CLEAR, VARIED, heart_cases
from planner.bench_job import Job, Rows
from planner.bench_occlusion import occlusion_rows
from planner.bench_tree import tree_rows
from recon.phantom import render
from recon.phantom_case import Case
from recon.report import Report, part_of
from recon.tree import Seeds, coronary_tree

TREE, OCCLUSION = "tree", "occlusion"


def heart_jobs(parts: tuple[str, ...], count: int, seed: int) -> Iterator[Job]:
    """One job a case; groups that no asked part judges are left out."""
    for group, case in heart_cases(count, seed):
        if TREE in parts or group in (VARIED, CLEAR):
            yield Job(f"{group.replace(' ', '-')}-{case.seed}", partial(measure_heart, parts, group, case))


def measure_heart(parts: tuple[str, ...], group: str, case: Case, report: Report) -> Rows:
    """Rows of one case for each part."""
    volume = render(case, part_of(report, 0.0, 0.2))
    tree = coronary_tree(volume, Seeds(), part_of(report, 0.2, 0.7))
    rows: Rows = {}
    if TREE in parts:
        rows[TREE] = tree_rows(group, case, tree)
    if OCCLUSION in parts and group in (VARIED, CLEAR):
        rows[OCCLUSION] = occlusion_rows(group, case, volume, tree, part_of(report, 0.7, 1.0))
    return rows
