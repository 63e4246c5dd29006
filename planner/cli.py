"""The shell: the same library as the window, with progress bars and exit codes.

Exit status 0 done; 1 the input cannot be used; 2 wrong call; 3 done with findings that need a reader; 130 cancelled.
"""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from typer.exceptions import TyperException

from planner import cli_accuracy, cli_images
from planner.console import error_console, out_console, plain, progress_report
from planner.version import VERSION
from recon.errors import CallError, PlannerError
from recon.report import Cancelled

NEEDS_READER = 3
CANCELLED = 130
CANCELLED_TEXT = "Cancelled. Nothing was written."

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)

OutOption = Annotated[Path, typer.Option("--out", help="Folder for the results; made when missing.")]
LabOption = Annotated[str, typer.Option("--lab", help="Lab profile with the C-arm limits.")]
ReaderOption = Annotated[str, typer.Option("--reader", help="Who decides what is stated here.")]


def main(argv: list[str]) -> int:
    """Run one command; every error a user can cause is three sentences on stderr, never a traceback."""
    try:
        result = app(args=argv, prog_name="main.py", standalone_mode=False)
    except PlannerError as error:
        error_console.print(f"[bold]{error.what}[/bold] {plain(error.where)} {plain(error.advice)}")
        return error.exit_code
    except (Cancelled, KeyboardInterrupt, typer.Abort):
        error_console.print(CANCELLED_TEXT)
        return CANCELLED
    except typer.Exit as leave:
        return leave.exit_code
    except TyperException as error:
        error_console.print(plain(_message(error)))
        return CallError.exit_code
    if result == CANCELLED:
        error_console.print(CANCELLED_TEXT)
    return result if isinstance(result, int) else 0


def _message(error: TyperException) -> str:
    say = getattr(error, "format_message", None)
    return str(say()) if callable(say) else str(error)


@app.command()
def analyze(
    source: Annotated[Path, typer.Argument(help="A folder, file or archive with a CT series.")],
    out: OutOption,
    plan: Annotated[Path | None, typer.Option("--plan", help="A plan.json or report.pdf to start from.")] = None,
    target: Annotated[str | None, typer.Option("--target", help="Vessel to be treated: RCA, LAD, LCX or a branch.")] = None,
    lab: LabOption = "",
    reader: ReaderOption = "",
    series: Annotated[str | None, typer.Option("--series", help="Series UID or key, as `series` lists them.")] = None,
    phases_by: Annotated[
        str, typer.Option("--phases-by", help="Rule that tells phases apart, against the program's choice.")
    ] = "",
    noncontrast: Annotated[
        Path | None, typer.Option("--noncontrast", help="A non-contrast scan of the same patient, for Agatston scores.")
    ] = None,
    calibration: Annotated[
        float | None, typer.Option("--calibration", help="Mass factor of the non-contrast scan, mg per mm3 and HU.")
    ] = None,
    subtract: Annotated[
        bool, typer.Option("--subtract", help="Also hold the non-contrast scan against the contrast scan, section by section.")
    ] = False,
) -> int:
    """Read a series, follow the vessels, measure, score and write all files."""
    from planner.run import analyze_series

    with progress_report("analyze") as report:
        outcome = analyze_series(
            source, out, report, plan_file=plan, target=target, lab=lab, reader=reader, series_uid=series, phase_rule=phases_by,
            noncontrast=noncontrast, calibration_mg_per_mm3_hu=calibration, subtract=subtract,
        )  # fmt: skip
    return _told(outcome.lines, outcome.problems, out)


@app.command()
def demo(
    headless: Annotated[bool, typer.Option("--headless", help="Without a window.")] = False,
    out: OutOption = Path("out/demo"),
) -> int:
    """The shipped example: a right coronary occlusion with heavy calcium."""
    from planner.run import analyze_series, demo_folder, has_display

    if headless or not has_display():
        with progress_report("demo") as report:
            outcome = analyze_series(demo_folder(), out, report)
        return _told(outcome.lines, outcome.problems, out)
    return _window(demo_folder(), demo=True)


@app.command("open")
def open_window(
    source: Annotated[Path | None, typer.Argument(help="A folder, file or archive with a CT series.")] = None,
) -> int:
    """Open the window, with a series when one is named."""
    from planner.run import has_display

    if not has_display():
        raise CallError("There is no display.", "Neither DISPLAY nor WAYLAND_DISPLAY is set.", "Use `analyze` on this machine.")
    return _window(source, demo=False)


def _window(source: Path | None, *, demo: bool) -> int:
    import importlib

    run = importlib.import_module("ui.app").run
    return int(run(source, demo))


@app.command()
def score(
    facts: Annotated[Path, typer.Argument(help="A JSON file with stated facts.")],
    out: Annotated[Path | None, typer.Option("--out", help="Write scores.json here instead of printing.")] = None,
) -> int:
    """All scores from stated facts alone."""
    from planner.report.contract import json_text, scores_object
    from planner.scores import score_facts

    text = json_text(scores_object(score_facts(_facts_from(facts))))
    if out is None:
        sys.stdout.write(text + "\n")
    else:
        from planner.report.output_folder import write_one

        write_one(out, text.encode())
    return 0


def _facts_from(file: Path) -> dict[str, object]:
    try:
        facts = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise CallError("The facts cannot be read.", f"{file}: {error.strerror}.", "Name an existing JSON file.") from error
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise CallError("The facts are not JSON.", f"{file}: {error}.", "Correct the file.") from error
    if not isinstance(facts, dict):
        raise CallError("The facts must be one JSON object.", f"{file} holds a {type(facts).__name__}.", "Use key: value pairs.")
    return facts


@app.command()
def doctor() -> int:
    """Environment, OpenGL, memory, versions."""
    from planner.doctor import doctor as examine

    table = Table("what", "found", "")
    rows = examine()
    for row in rows:
        table.add_row(row.name, plain(row.value), "ok" if row.ok else "[bold]look[/bold]")
    out_console.print(table)
    return 0 if all(row.ok for row in rows) else 1


@app.command()
def version() -> int:
    """The program's version."""
    out_console.print(VERSION)
    return 0


def _told(lines: tuple[str, ...], problems: tuple[str, ...], out: Path) -> int:
    for line in lines:
        out_console.print(plain(line))
    for problem in problems:
        error_console.print(plain(f"Needs a reader: {problem}"))
    out_console.print(plain(f"Report: {(out / 'report.pdf').resolve()}"))
    return NEEDS_READER if problems else 0


for commands in (cli_accuracy.COMMANDS, cli_images.COMMANDS):
    for name, command in commands.items():
        app.command(name)(command)
