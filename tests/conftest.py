"""What every test runs under: a kernel cache that lasts between runs, and no display."""

import gc
import os

from planner.launch import prepare

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
prepare(os.environ)


def pytest_collection_finish() -> None:
    """Set aside all that importing made, so that a test which collects garbage looks only at its own."""
    gc.collect()
    gc.freeze()
