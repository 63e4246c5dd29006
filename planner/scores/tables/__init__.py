"""One module a score, each with a `SCORE` table; a new module is listed by being there."""

import importlib
import pkgutil

from planner.scores.table import ScoreTable


def score_tables() -> tuple[ScoreTable, ...]:
    """All score tables in print order."""
    names = (module.name for module in pkgutil.iter_modules(__path__))
    tables = (importlib.import_module(f"{__name__}.{name}").SCORE for name in names)
    return tuple(sorted(tables, key=lambda table: table.order))
