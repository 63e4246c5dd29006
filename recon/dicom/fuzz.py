"""Damaged files on purpose: the intake must never crash, hang or put a slice in a wrong place without saying so.

Each trial writes a small sound series, damages the bytes of one file and opens the folder. Allowed ends: the volume as it was,
the volume with a finding, or a refusal in words. `python3 main.py fuzz` runs thousands, the tests some dozens.
"""

import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from recon.dicom.write import Packaging, write_series
from recon.errors import IntakeError
from recon.geometry import Geometry
from recon.intake import load_volume
from recon.report import Report, part_of, silent
from recon.volume import Identity, Volume

SYNTAXES = ("explicit-little", "implicit-little", "explicit-big", "deflated", "jpeg-ls", "jpeg-2000", "jpeg-lossless", "rle")
SLOW_S = 10.0
"""A trial longer than this counts as a hang."""
PLACE_TOLERANCE_MM = 0.06
WRONG_SHARE = 0.05
_SHAPE = (7, 24, 20)
_HEADER_BYTES = 1400


@dataclass(frozen=True, slots=True)
class Fault:
    """One trial that ended as none may: its number (with the seed it can be run again), the damage and what happened."""

    trial: int
    damage: str
    what: str


@dataclass(frozen=True, slots=True)
class FuzzResult:
    """How trials ended: `ends` counts "unharmed", "finding" and "refused"; `faults` must be empty."""

    count: int
    seed: int
    ends: tuple[tuple[str, int], ...]
    slowest_s: float
    faults: tuple[Fault, ...]


def fuzz(count: int, seed: int, report: Report) -> FuzzResult:
    """Opens `count` series with one damaged file each; the same seed makes the same damage."""
    ends: Counter[str] = Counter()
    faults: list[Fault] = []
    slowest_s = 0.0
    truth = _truth()
    with tempfile.TemporaryDirectory() as folder:
        sound = {name: _files(truth, Path(folder) / name, name) for name in SYNTAXES}
        for name, files in sound.items():
            # Once undamaged: a first use may compile a decoder, which must not count as a hang.
            _opened(_written(Path(folder) / f"{name}-sound", files), truth, 0)
        for trial in range(count):
            report(trial / max(count, 1), f"{trial} damaged series opened, {len(faults)} faults")
            draw = random.Random(seed * 1_000_003 + trial)
            files = dict(sound[draw.choice(SYNTAXES)])
            victim = draw.choice(sorted(files))
            kind = draw.choice(sorted(DAMAGES))
            files[victim] = DAMAGES[kind](files[victim], draw)
            place = Path(folder) / "trial"
            start_s = time.perf_counter()
            end, fault = _opened(_written(place, files), truth, int(victim[2:]) - 1)
            took_s = time.perf_counter() - start_s
            slowest_s = max(slowest_s, took_s)
            ends[end] += 1
            if took_s > SLOW_S:
                fault = f"took {took_s:.0f} s"
            if fault:
                faults.append(Fault(trial, f"{kind} of {victim}", fault))
    report(1.0, f"{count} damaged series opened, {len(faults)} faults")
    return FuzzResult(count, seed, tuple(sorted(ends.items())), slowest_s, tuple(faults))


def _truth() -> Volume:
    """Every voxel its own value, so that a slice in a wrong place cannot look right."""
    hu = np.arange(np.prod(_SHAPE), dtype=np.int16).reshape(_SHAPE) % 1900 - 200
    geometry = Geometry.axial(_SHAPE, (0.5, 0.4, 0.4), (-12.0, 7.0, -100.0))
    return Volume(hu.astype(np.int16), geometry, Identity("Fuzz^Test", "F1", "19500101", "F", "20260101", "1.2.3", "1.2.3.4"))


def _files(truth: Volume, folder: Path, syntax: str) -> dict[str, bytes]:
    packaging = replace(Packaging(), syntax=syntax, name_pattern="f_{number}")
    return {path.name: path.read_bytes() for path in write_series(truth, folder, silent, packaging)}


def _written(folder: Path, files: dict[str, bytes]) -> Path:
    folder.mkdir(exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return folder


def _opened(folder: Path, truth: Volume, damaged: int) -> tuple[str, str]:
    """How the trial ended, and the fault in words ("" = none)."""
    try:
        volume = load_volume(folder, part_of(silent, 0, 1))
    except IntakeError as refusal:
        return "refused", "" if refusal.what and refusal.where and refusal.advice else "a refusal without words"
    except Exception as error:  # finding these is what the run is for: each becomes a reported fault
        return "crashed", f"{type(error).__name__}: {error}"
    fault = _misplaced(volume, truth, damaged)
    return ("finding" if volume.findings else "unharmed"), fault


def _misplaced(volume: Volume, truth: Volume, damaged: int) -> str:
    """Whether sound slices lie elsewhere than they should, or the damaged one without a finding."""
    kept = [k for k in range(_SHAPE[0]) if k != damaged or not volume.findings]
    index = np.stack(np.meshgrid(kept, range(2, _SHAPE[1] - 2), range(2, _SHAPE[2] - 2), indexing="ij"), axis=-1)
    found = volume.geometry.index_kji(truth.geometry.points_mm(index))
    nearest = np.rint(found).astype(int)
    inside = np.all((nearest >= 0) & (nearest < np.array(volume.hu.shape)), axis=-1)
    if not inside.any():
        return "no sound slice is where it should be"
    off_mm = np.abs((found - nearest) * np.array(volume.geometry.spacing_mm))[inside].max()
    if off_mm > PLACE_TOLERANCE_MM and not volume.findings:
        return f"slices lie {off_mm:.2f} mm off without a finding"
    if off_mm > PLACE_TOLERANCE_MM:
        return ""
    there = volume.hu[tuple(nearest[inside].T)]
    wrong = float(np.mean(there != truth.hu[tuple(index[inside].T)]))
    per_slice = 1 / len(kept)
    # The values of the damaged slice itself may be wrong (a changed rescale): that no geometry can tell.
    return "" if wrong <= per_slice + WRONG_SHARE else f"{wrong:.0%} of voxels are not where they should be"


Damage = Callable[[bytes, random.Random], bytes]


def _flip(data: bytes, draw: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(draw.choice((1, 1, 2, 4, 16))):
        changed[_place(data, draw)] ^= 1 << draw.randrange(8)
    return bytes(changed)


def _overwrite(data: bytes, draw: random.Random) -> bytes:
    changed = bytearray(data)
    start = _place(data, draw)
    length = draw.choice((1, 2, 4, 8, 64))
    changed[start : start + length] = draw.choice((draw.randbytes(length), b"\xff" * length, b"\0" * length))
    return bytes(changed)


def _insert(data: bytes, draw: random.Random) -> bytes:
    start = _place(data, draw)
    return data[:start] + draw.randbytes(draw.choice((1, 2, 8, 300))) + data[start:]


def _remove(data: bytes, draw: random.Random) -> bytes:
    start = _place(data, draw)
    return data[:start] + data[start + draw.choice((1, 2, 8, 300)) :]


def _cut(data: bytes, draw: random.Random) -> bytes:
    return data[: draw.randrange(len(data))]


def _digit(data: bytes, draw: random.Random) -> bytes:
    """A digit of a number in text becomes another one, or a letter, or a sign."""
    places = [i for i in range(132, min(len(data), _HEADER_BYTES)) if chr(data[i]) in "0123456789."]
    changed = bytearray(data)
    changed[draw.choice(places)] = ord(draw.choice("0123456789-eEn. \\"))
    return bytes(changed)


def _pixels(data: bytes, draw: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(draw.choice((1, 8, 64))):
        changed[draw.randrange(len(data) // 2, len(data))] = draw.randrange(256)
    return bytes(changed)


def _place(data: bytes, draw: random.Random) -> int:
    return draw.randrange(128, min(len(data), _HEADER_BYTES))


DAMAGES: dict[str, Damage] = {
    "flip": _flip,
    "overwrite": _overwrite,
    "insert": _insert,
    "remove": _remove,
    "cut": _cut,
    "digit": _digit,
    "pixels": _pixels,
}
"""Ways to damage a file."""
