"""What every test runs under: a kernel cache that lasts between runs, and no display."""

import os

from planner.launch import prepare

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
prepare(os.environ)
