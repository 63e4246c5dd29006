"""Accuracy on generated cases, by one command: figures into docs/accuracy.md, worst cases into a gallery of pages."""

import datetime
import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from planner.bench_cases import heart_cases, is_held_out, section_cases
from planner.bench_clicks import click_tables
from planner.bench_document import part_text, write_part
from planner.bench_heart import CLICKS, OCCLUSION, TREE, heart_jobs
from planner.bench_job import Job, Rows, done_jobs
from planner.bench_occlusion import occlusion_tables
from planner.bench_section_pictures import section_pictures
from planner.bench_sections import section_jobs, section_tables
from planner.bench_subtraction import subtraction_jobs, subtraction_tables
from planner.bench_table import Row, Table
from planner.bench_tree import tree_tables
from planner.bench_tree_gallery import tree_gallery, tree_page
from planner.version import VERSION
from recon.errors import CallError
from recon.phantom import render
from recon.phantom_case import Case
from recon.report import Report, silent

SECTIONS, SUBTRACTION = "sections", "subtraction"
WORST = 6


@dataclass(frozen=True)
class Part:
    """One measurable part: how its rows become tables and how many cases it usually takes."""

    tables: Callable[[list[Row]], tuple[Table, ...]]
    usual_cases: int


PARTS = {
    TREE: Part(tree_tables, 40),
    SECTIONS: Part(section_tables, 90),
    OCCLUSION: Part(occlusion_tables, 40),
    CLICKS: Part(click_tables, 40),
    SUBTRACTION: Part(subtraction_tables, 60),
}
"""What can be measured."""

TOGETHER = {"hearts": (TREE, CLICKS, OCCLUSION)}
"""Parts measured on the same hearts, each of which is then made and followed only once."""


@dataclass(frozen=True)
class Order:
    """What to measure: the part (or "hearts" for tree, clicks and occlusion together), how many cases, from which seed.

    `folder` keeps the rows of each case (a stopped run of the same engine goes on from there) and the gallery; `document`
    is the accuracy document whose sections are replaced; `workers` cases are measured at a time.
    """

    part: str
    cases: int | None = None
    seed: int = 1
    folder: Path | None = None
    document: Path | None = None
    workers: int = 1

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts measured. Raises CallError for an unknown one."""
        if self.part not in PARTS and self.part not in TOGETHER:
            known = ", ".join((*PARTS, *TOGETHER))
            raise CallError(f"There is no accuracy part {self.part!r}.", f"Known: {known}.", "Choose one of these.")
        return TOGETHER.get(self.part, (self.part,))

    @property
    def count(self) -> int:
        """How many cases; special groups come on top."""
        return self.cases if self.cases is not None else PARTS[self.parts[0]].usual_cases


def bench_accuracy(order: Order, report: Report = silent) -> tuple[Table, ...]:
    """Measure what is ordered and return its tables. Raises CallError for an unknown part, Cancelled when stopped."""
    jobs = list(_jobs(order))
    rows = _all_rows(order, jobs, report)
    tables: tuple[Table, ...] = ()
    for part in order.parts:
        own = PARTS[part].tables(rows[part])
        if order.folder is not None:
            _gallery(part, rows[part], _cases(order), order.folder)
        if order.document is not None:
            write_part(order.document, part, part_text(part, own, _facts(order, len(jobs))))
        tables += own
    report(1.0, f"{order.part}: {len(jobs)} cases measured")
    return tables


def _jobs(order: Order) -> Iterator[Job]:
    if SECTIONS in order.parts:
        return section_jobs(order.count, order.seed)
    if SUBTRACTION in order.parts:
        return subtraction_jobs(order.count, order.seed)
    return heart_jobs(order.parts, order.count, order.seed)


def _cases(order: Order) -> dict[int, Case]:
    if SUBTRACTION in order.parts:
        return {}
    cases = section_cases if SECTIONS in order.parts else heart_cases
    return {case.seed: case for _, case in cases(order.count, order.seed)}


def _all_rows(order: Order, jobs: list[Job], report: Report) -> Rows:
    """Rows of all jobs in their order, kept ones from the folder and the others measured."""
    by_job = {job.name: kept for job in jobs if (kept := _kept(order, job)) is not None}
    for job, measured in done_jobs([job for job in jobs if job.name not in by_job], order.workers, report):
        by_job[job.name] = measured
        _keep(order, job, measured)
    return {part: [row for job in jobs for row in by_job[job.name].get(part, [])] for part in order.parts}


def _kept(order: Order, job: Job) -> Rows | None:
    path = _kept_path(order, job)
    if path is None or not path.exists():
        return None
    rows: Rows = json.loads(path.read_text(encoding="utf-8"))
    return rows


def _keep(order: Order, job: Job, rows: Rows) -> None:
    path = _kept_path(order, job)
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_suffix(".part")
        beside.write_text(json.dumps(rows, default=_plain), encoding="utf-8")
        beside.replace(path)


def _kept_path(order: Order, job: Job) -> Path | None:
    return None if order.folder is None else order.folder / order.part / _fingerprint() / f"{job.name}.json"


@cache
def _fingerprint() -> str:
    """Short digest of the engine's source: rows of another engine are never taken for this one's."""
    digest = hashlib.sha256(VERSION.encode())
    root = Path(__file__).resolve().parents[1]
    for package in ("recon", "planner"):
        for file in sorted((root / package).rglob("*.py")):
            digest.update(file.read_bytes())
    return digest.hexdigest()[:10]


def _plain(value: object) -> object:
    """A number or flag of numpy as Python's own: written as text, a kept `False` would be read back as true."""
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"A row may not hold a {type(value).__name__}.")


def _facts(order: Order, made: int) -> tuple[str, ...]:
    kind = "held out" if is_held_out(order.seed) else "development"
    call = f"--part {order.part} --cases {order.count} --seed {order.seed} --document docs/accuracy.md"
    return (
        f"Date {datetime.datetime.now(tz=datetime.UTC).date().isoformat()}, version {VERSION}.",
        f"{made} cases from seed {order.seed} ({kind} seeds).",
        f"Command: `python3 main.py bench accuracy {call}`.",
    )


def _gallery(part: str, rows: list[Row], cases: dict[int, Case], folder: Path) -> None:
    """Pictures of the worst cases beside the rows; for sections best and median ones as well."""
    pages = folder / f"{part}-gallery"
    if part == SECTIONS:
        section_pictures(rows, cases.__getitem__, pages / "twelve-sections.png")
    elif part == TREE:
        tree_gallery(rows, cases, pages)
    elif part == OCCLUSION:
        for seed in _worst_lengths(rows)[:WORST]:
            tree_page(cases[seed], render(cases[seed]), pages / f"seed-{seed}.png")


def _worst_lengths(rows: list[Row]) -> list[int]:
    """Seeds of occlusions not found, then of those with the largest error of the length, each once."""

    def error(row: Row) -> float:
        value = row.get("length_error_mm")
        return value if isinstance(value, float) else float("inf")

    judged = sorted((r for r in rows if r.get("kind") == "occlusion"), key=error, reverse=True)
    return list(dict.fromkeys(int(str(r["seed"])) for r in judged))
