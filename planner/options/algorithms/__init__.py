"""One module an algorithm, each with an `ALGORITHM` table; a new module is listed by being there."""

import importlib
import pkgutil

from planner.options.table import AlgorithmTable


def algorithm_tables() -> tuple[AlgorithmTable, ...]:
    """All algorithms in print order."""
    names = (module.name for module in pkgutil.iter_modules(__path__))
    tables = (importlib.import_module(f"{__name__}.{name}").ALGORITHM for name in names)
    return tuple(sorted(tables, key=lambda table: table.order))
