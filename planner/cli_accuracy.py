"""Shell commands that measure the program itself: self-test, accuracy, damaged files."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from planner.console import out_console, plain, progress_report
from recon.errors import CallError


def selftest() -> int:
    """Measure a phantom of known truth and say pass or fail."""
    from planner.selftest import selftest as run_selftest

    with progress_report("selftest") as report:
        checks = run_selftest(report)
    table = Table("check", "truth", "measured", "tolerance", "unit", "")
    for check in checks:
        values = (f"{check.truth:.3f}", f"{check.measured:.3f}", f"{check.tolerance:.3f}")
        table.add_row(check.name, *values, check.unit, "pass" if check.passed else "[bold]FAIL[/bold]")
    out_console.print(table)
    failed = sum(not check.passed for check in checks)
    out_console.print(f"{len(checks) - failed} passed, {failed} failed")
    return 1 if failed else 0


def bench(
    what: Annotated[str, typer.Argument(help="accuracy; `bench speed` is carried out by main.py itself.")],
    part: Annotated[
        str,
        typer.Option("--part", help="tree, clicks, sections, occlusion, subtraction, or hearts (tree, clicks and occlusion)."),
    ] = "tree",
    cases: Annotated[int | None, typer.Option("--cases", help="How many generated cases.")] = None,
    seed: Annotated[int | None, typer.Option("--seed", help="First seed; the held-out range when not given.")] = None,
    out: Annotated[Path, typer.Option("--out", help="Folder for rows of each case and the gallery.")] = Path("out/accuracy"),
    document: Annotated[Path | None, typer.Option("--document", help="Accuracy document to bring up to date.")] = None,
    workers: Annotated[int, typer.Option("--workers", help="Cases measured at a time; each takes about 2 GB.")] = 1,
) -> int:
    """Measure accuracy on generated cases of known truth."""
    from planner.bench import Order, bench_accuracy
    from recon.phantom import HELD_OUT_SEED

    if what != "accuracy":
        raise CallError("There is no such measurement.", f"Got {what!r}.", "Use `bench accuracy` or `bench speed`.")
    first = HELD_OUT_SEED if seed is None else seed
    with progress_report(f"accuracy of {part}") as report:
        tables = bench_accuracy(Order(part, cases, first, out, document, workers), report)
    for table in tables:
        shown = Table("what", "measured", "aim", "", "n", title=plain(table.title))
        for line in table.lines:
            verdict = "" if line.met is None else "met" if line.met else "[bold]missed[/bold]"
            shown.add_row(plain(line.what), plain(line.measured), plain(line.aim), verdict, str(line.count))
        out_console.print(shown)
        for remark in table.remarks:
            out_console.print(plain(remark))
    return 0


def fuzz(
    count: Annotated[int, typer.Option("--count", help="How many damaged series to open.")] = 2000,
    seed: Annotated[int, typer.Option("--seed", help="The same seed makes the same damage.")] = 1,
) -> int:
    """Open series with damaged files and look for crashes, hangs and silently wrong geometry."""
    from recon.dicom.fuzz import fuzz as open_damaged

    with progress_report("fuzz") as report:
        result = open_damaged(count, seed, report)
    ends = ", ".join(f"{name} {number}" for name, number in result.ends)
    out_console.print(f"{result.count} damaged series: {ends}; slowest {result.slowest_s:.1f} s; {len(result.faults)} faults")
    for fault in result.faults:
        out_console.print(plain(f"trial {fault.trial}: {fault.damage}: {fault.what}"))
    return 1 if result.faults else 0


COMMANDS: dict[str, Callable[..., int]] = {"selftest": selftest, "bench": bench, "fuzz": fuzz}
"""Command names as typed."""
