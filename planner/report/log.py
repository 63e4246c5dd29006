"""log.jsonl: what ran, with which versions, how long, what was found and written. It names no person."""

import hashlib
import json
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from planner.case import Analysis
from planner.plan_json import plan_to_json

LIBRARIES = ("numpy", "scipy", "numba", "pydicom", "highdicom", "SimpleITK", "typst", "matplotlib", "pydantic")
FREE_TEXT = ("where", "what", "advice", "text")


def log_text(analysis: Analysis, files: tuple[tuple[str, Path], ...], now: str, notes: tuple[str, ...] = ()) -> str:
    """One JSON object a line; `files` are (name, path) of what was written before, `notes` what was left out and why."""
    entries: list[dict[str, Any]] = [_program(analysis, now), _input(analysis)]
    entries += [{"event": "step", "name": name, "seconds": round(seconds, 3)} for name, seconds in analysis.timings_s]
    entries += [
        {"event": "finding", "code": f.code, "where": f.where, "what": f.what, "blocks_measurement": f.blocks_measurement}
        for f in analysis.findings
    ]
    entries += [
        {"event": "problem", "code": p.code, "vessel": p.vessel, "s_mm": p.s_mm, "advice": p.advice}
        for p in analysis.tree.problems
    ]
    entries += [{"event": "note", "text": text} for text in notes]
    entries += [_file(name, path) for name, path in files]
    return "".join(json.dumps(_without_names(e, analysis), ensure_ascii=False) + "\n" for e in entries)


def plan_sha256(analysis: Analysis) -> str:
    """The fingerprint of the plan as exported."""
    return hashlib.sha256(plan_to_json(analysis.plan).encode("utf-8")).hexdigest()


def library_versions() -> dict[str, str]:
    """Versions of the libraries that measure and write."""
    found = {}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "absent"
    return found


def _program(analysis: Analysis, now: str) -> dict[str, Any]:
    return {
        "event": "program",
        "at": now,
        "version": analysis.version,
        "python": platform.python_version(),
        "system": platform.system(),
        "libraries": library_versions(),
        "plan_sha256": plan_sha256(analysis),
    }


def _input(analysis: Analysis) -> dict[str, Any]:
    volume = analysis.volume
    return {
        "event": "input",
        "series_uid": volume.identity.series_uid,
        "shape": list(volume.hu.shape),
        "spacing_mm": [round(s, 4) for s in volume.geometry.spacing_mm],
        "phase_pct": volume.acquisition.phase_pct,
        "kernel": volume.acquisition.kernel,
        "vessels": [v.name for v in analysis.tree.vessels],
        "occlusions": [o.id for o in analysis.occlusions],
        "lab": analysis.views.lab,
    }


def _file(name: str, path: Path) -> dict[str, Any]:
    content = path.read_bytes()
    return {"event": "file", "name": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def _without_names(entry: dict[str, Any], analysis: Analysis) -> dict[str, Any]:
    """Texts may quote a file path with a patient's name in it: names, their parts and the patient's number are cut out."""
    who = analysis.volume.identity
    parts = [who.patient_id, who.patient_name, *who.patient_name.replace("^", " ").split()]
    words = sorted({w for w in parts if len(w) > 2}, key=len, reverse=True)
    return {key: _cut(value, words) if key in FREE_TEXT else value for key, value in entry.items()}


def _cut(value: Any, words: list[str]) -> Any:
    if isinstance(value, str):
        for word in words:
            value = value.replace(word, "***")
    return value
