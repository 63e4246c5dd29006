"""What the commands of the key map do: id -> action on the window, model and work. One row a command."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from ui import decisions
from ui.model import CaseModel

if TYPE_CHECKING:
    from ui.window import MainWindow

FAR = 10
"""Sections of a far step."""


def command_table(window: "MainWindow") -> dict[str, Callable[[], None]]:
    """The action of every command id."""
    model = window.model
    table: dict[str, Callable[[], None]] = {
        "case.open": window.ask_open,
        "case.demo": window.open_demo,
        "case.restore": window.ask_restore,
        "case.export": window.ask_export,
        "case.noncontrast": window.ask_noncontrast,
        "case.quit": window.leave,
        "edit.undo": model.undo,
        "edit.redo": model.redo,
        "edit.proximal_cap_here": lambda: decisions.place_cap(model, "proximal", model.s_mm),
        "edit.distal_cap_here": lambda: decisions.place_cap(model, "distal", model.s_mm),
        "edit.confirm_cto": lambda: decisions.say_cto(model, True),
        "edit.decline_cto": lambda: decisions.say_cto(model, False),
        "cursor.distal": lambda: model.step(1),
        "cursor.proximal": lambda: model.step(-1),
        "cursor.distal_far": lambda: model.step(FAR),
        "cursor.proximal_far": lambda: model.step(-FAR),
        "cursor.start": lambda: model.go_to(0.0),
        "cursor.end": lambda: model.go_to(float("inf")),
        "cursor.proximal_cap": lambda: _go_to_cap(model, "proximal"),
        "cursor.distal_cap": lambda: _go_to_cap(model, "distal"),
        "cursor.calcium": lambda: _go_to_calcium(model),
        "vessel.next": lambda: model.select_neighbour(1),
        "vessel.previous": lambda: model.select_neighbour(-1),
        "view.turn_right": lambda: model.turn(1),
        "view.turn_left": lambda: model.turn(-1),
        "view.window": model.next_window,
        "view.scan": window.show_next_scan,
        "view.overlays": model.toggle_overlays,
        "view.back": window.back,
        "job.cancel": lambda: window.jobs.cancel(),
        "help.search": window.show_search,
        "help.keys": window.show_keys,
    }
    for what in ("edit", "insert", "delete", "cut", "smooth", "join", "rename", "remove"):
        table[f"line.{what}"] = _line_action(window, what)
    for what in ("exclude", "include", "threshold", "wall", "lumen", "take-back"):
        table[f"section.{what.replace('-', '_')}"] = _section_action(window, what)
    for step in window.rail.steps:
        table[f"step.{step}"] = _step_action(window, step)
    return table


def _line_action(window: "MainWindow", what: str) -> Callable[[], None]:
    return lambda: window.line_gestures.say(what)


def _section_action(window: "MainWindow", what: str) -> Callable[[], None]:
    return lambda: window.gestures.say_here(what)


def _step_action(window: "MainWindow", step: str) -> Callable[[], None]:
    return lambda: window.show_step(step)


def _go_to_cap(model: CaseModel, which: str) -> None:
    occlusion = model.occlusion
    if occlusion is not None:
        model.go_to((occlusion.proximal_cap if which == "proximal" else occlusion.distal_cap).s_mm.best)


def _go_to_calcium(model: CaseModel) -> None:
    s_mm = model.densest_s_mm()
    if s_mm is not None:
        model.go_to(s_mm)
