"""What the shell commands share: two consoles and a progress bar."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from recon.report import Report

out_console = Console(soft_wrap=True, highlight=False)
error_console = Console(stderr=True, soft_wrap=True, highlight=False)


def plain(text: str) -> str:
    """Text whose square brackets are not taken for styles."""
    return text.replace("[", r"\[")


@contextmanager
def progress_report(title: str) -> Iterator[Report]:
    """A progress bar on stderr that a step's report drives."""
    columns = (TextColumn("{task.fields[title]}"), BarColumn(), TextColumn("{task.percentage:3.0f} %"), TimeElapsedColumn())
    with Progress(
        *columns, TextColumn("{task.description}"), console=error_console, transient=not error_console.is_terminal
    ) as bar:
        task = bar.add_task("", total=1.0, title=title)

        def report(fraction: float, text: str) -> None:
            bar.update(task, completed=fraction, description=text)

        yield report
