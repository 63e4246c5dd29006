"""How long work tells its progress and hears that it is no longer wanted."""

from collections.abc import Callable

Report = Callable[[float, str], None]
"""Called as report(fraction 0..1, text) every 20 to 100 ms of work; raises `Cancelled` to stop the work."""


class Cancelled(BaseException):
    """The person asked to stop; outside the error bases so that no handler swallows it."""


def silent(fraction: float, text: str) -> None:
    """Tell nobody."""


def part_of(report: Report, start: float, end: float) -> Report:
    """A report for one step of a longer work: its 0..1 becomes start..end."""

    def scaled(fraction: float, text: str) -> None:
        report(start + fraction * (end - start), text)

    return scaled
