"""Garbage with Qt objects in it is collected on the GUI thread."""

import gc
import threading

from ui.garbage import GuiCollector


class Cycle:
    """Refers to itself and writes down which thread destroys it."""

    def __init__(self, log):
        self.me, self.log = self, log

    def __del__(self):
        self.log.append(threading.get_ident())


def busy():
    """Enough allocations to start Python's own collection many times."""
    for _ in range(200):
        [[] for _ in range(1000)]


def test_a_busy_worker_does_not_collect_but_the_gui_thread_does(qtbot):
    collector, log = GuiCollector(), []
    collector.start()
    try:
        Cycle(log)
        worker = threading.Thread(target=busy)
        worker.start()
        worker.join()
        assert log == []
        kept = [[] for _ in range(1000)]
        collector.check()
        assert log == [threading.get_ident()]
        assert kept
    finally:
        collector.stop()


def test_stopping_gives_collection_back_to_python(qtbot):
    collector = GuiCollector()
    collector.start()
    assert not gc.isenabled()
    collector.stop()
    assert gc.isenabled()
