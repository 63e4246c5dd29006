"""Accuracy on generated cases, by one command: figures into docs/accuracy.md, worst cases into a gallery of pages."""

import datetime
import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from planner.bench_cases import is_held_out, occlusion_cases, section_cases, tree_cases
from planner.bench_document import part_text, write_part
from planner.bench_gallery import WORST, section_page, tree_page
from planner.bench_occlusion import occlusion_rows, occlusion_tables
from planner.bench_sections import column, section_rows, section_tables
from planner.bench_table import Row, Table
from planner.bench_tree import tree_rows, tree_tables
from planner.version import VERSION
from recon.errors import CallError
from recon.phantom import render
from recon.phantom_case import Case
from recon.report import Report, part_of, silent
from recon.volume import Volume


@dataclass(frozen=True)
class Part:
    """One measurable part: its cases, what is measured on one, and how rows become tables."""

    cases: Callable[[int, int], Iterator[tuple[str, Case]]]
    rows: Callable[[str, Case, Volume, Report], list[Row]]
    tables: Callable[[list[Row]], tuple[Table, ...]]
    usual_cases: int


PARTS = {
    "tree": Part(tree_cases, tree_rows, tree_tables, 60),
    "sections": Part(section_cases, section_rows, section_tables, 30),
    "occlusion": Part(occlusion_cases, occlusion_rows, occlusion_tables, 40),
}
"""What can be measured."""


def bench_accuracy(
    part: str, cases: int, seed: int, report: Report = silent, folder: Path | None = None, document: Path | None = None
) -> tuple[Table, ...]:
    """Measure one part on `cases` cases (more for special groups) from `seed` on, and return its tables.

    `folder` keeps the rows of each case (a stopped run of the same engine goes on from there) and the gallery; `document`
    is the accuracy document whose section is replaced. Raises CallError for an unknown part.
    """
    if part not in PARTS:
        raise CallError(f"There is no accuracy part {part!r}.", f"Known: {', '.join(PARTS)}.", "Choose one of these.")
    chosen = PARTS[part]
    planned = list(_planned(chosen, cases, seed))
    rows: list[Row] = []
    for n, (group, case) in enumerate(planned):
        share = part_of(report, n / len(planned), (n + 1) / len(planned))
        rows += _kept_or_measured(part, chosen, group, case, share, folder)
    tables = chosen.tables(rows)
    if folder is not None:
        _gallery(part, rows, {case.seed: case for _, case in planned}, folder)
    if document is not None:
        write_part(document, part, part_text(part, tables, _facts(part, cases, len(planned), seed)))
    report(1.0, f"{part}: {len(planned)} cases measured")
    return tables


def _planned(part: Part, cases: int, seed: int) -> Iterator[tuple[str, Case]]:
    yield from part.cases(cases, seed)


def _kept_or_measured(part: str, chosen: Part, group: str, case: Case, report: Report, folder: Path | None) -> list[Row]:
    kept = None if folder is None else folder / part / _fingerprint() / f"{group.replace(' ', '-')}-{case.seed}.json"
    if kept is not None and kept.exists():
        return list(json.loads(kept.read_text(encoding="utf-8")))
    volume = render(case, part_of(report, 0.0, 0.2))
    rows = chosen.rows(group, case, volume, part_of(report, 0.2, 1.0))
    if kept is not None:
        kept.parent.mkdir(parents=True, exist_ok=True)
        beside = kept.with_suffix(".part")
        beside.write_text(json.dumps(rows, default=str), encoding="utf-8")
        beside.replace(kept)
    return rows


@cache
def _fingerprint() -> str:
    """Short digest of the engine's source: rows of another engine are never taken for this one's."""
    digest = hashlib.sha256(VERSION.encode())
    root = Path(__file__).resolve().parents[1]
    for package in ("recon", "planner"):
        for file in sorted((root / package).rglob("*.py")):
            digest.update(file.read_bytes())
    return digest.hexdigest()[:10]


def _facts(part: str, cases: int, made: int, seed: int) -> tuple[str, ...]:
    kind = "held out" if is_held_out(seed) else "development"
    return (
        f"Date {datetime.datetime.now(tz=datetime.UTC).date().isoformat()}, version {VERSION}.",
        f"{made} cases from seed {seed} ({kind} seeds).",
        f"Command: `python3 main.py bench accuracy --part {part} --cases {cases} --seed {seed} --document docs/accuracy.md`.",
    )


def _gallery(part: str, rows: list[Row], cases: dict[int, Case], folder: Path) -> None:
    """Pages of the worst cases beside the rows."""
    pages = folder / f"{part}-gallery"
    if part == "sections":
        judged = [r for r in rows if "refused" not in r and column([r], "area")[0] > 0.05]
        error = abs(column(judged, "got_area") - column(judged, "area"))
        order = error.argsort()
        volumes = _remembered(cases)
        for title, chosen in (("worst", order[::-1][:12]), ("median", order[len(order) // 2 :][:12]), ("best", order[:12])):
            section_page([judged[i] for i in chosen], volumes, pages / f"{title}.png", title)
        return
    for seed in _worst_seeds(part, rows)[:WORST]:
        case = cases[seed]
        tree_page(case, render(case), pages / f"seed-{seed}.png")


def _remembered(cases: dict[int, Case]) -> Callable[[int], tuple[Case, Volume]]:
    """Render each case once."""
    made: dict[int, Volume] = {}

    def volume(seed: int) -> tuple[Case, Volume]:
        if seed not in made:
            made.clear()
            made[seed] = render(cases[seed])
        return cases[seed], made[seed]

    return volume


def _worst_seeds(part: str, rows: list[Row]) -> list[int]:
    """Seeds of the rows with the largest error, each once."""
    key = {"tree": "ov", "occlusion": "length_error_mm"}[part]
    kind = {"tree": "main", "occlusion": "occlusion"}[part]
    judged = [r for r in rows if r.get("kind") == kind]
    sign = 1.0 if part == "tree" else -1.0
    missing = 0.0 if part == "tree" else -1e9

    def badness(row: Row) -> float:
        value = row.get(key)
        return sign * value if isinstance(value, float) else missing

    return list(dict.fromkeys(int(str(r["seed"])) for r in sorted(judged, key=badness)))
