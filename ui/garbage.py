"""Collects Python's cyclic garbage on the GUI thread only.

A Qt object that takes part in a reference cycle is destroyed by whichever thread happens to collect. On the compute thread
that leaves its timers behind and the program dies in the event loop some time later (seen in tests as a segmentation fault).
"""

import gc

from PySide6.QtCore import QObject, QTimer

CHECK_MS = 1000


class GuiCollector(QObject):
    """Switches automatic collection off while it lives; `start` and `stop` are called on the GUI thread."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thresholds = gc.get_threshold()
        self._timer = QTimer(self)
        self._timer.setInterval(CHECK_MS)
        self._timer.timeout.connect(self.check)

    def start(self) -> None:
        """From now on only this object collects. What is alive now (modules) is never looked at again: pauses stay short."""
        gc.disable()
        gc.collect()
        gc.freeze()
        self._timer.start()

    def stop(self) -> None:
        """Back to Python's own way; only when no other thread runs any more."""
        self._timer.stop()
        gc.collect()
        gc.unfreeze()
        gc.enable()

    def check(self) -> None:
        """Collect the oldest generation whose count is over Python's own threshold."""
        counts = gc.get_count()
        for generation in (2, 1, 0):
            if counts[generation] > self._thresholds[generation]:
                gc.collect(generation)
                return
