"""Centerlines in and out of files: VTK PolyData (VTP), CSV and 3D Slicer markups JSON, with LPS and RAS done right.

Writers give text; a caller puts it on disk. Readers take text and return (name, points (n, 3) in LPS mm) for each line.
"""

import csv
import io
import json
import math
from xml.etree import ElementTree

import numpy as np
import numpy.typing as npt

from recon.centerline import MIN_LENGTH_MM, self_crossing_mm
from recon.errors import IntakeError
from recon.estimate import FloatArray
from recon.vessels import Vessel

Line = tuple[str, FloatArray]

RAS_FROM_LPS = np.array([-1.0, -1.0, 1.0])
CSV_COLUMNS = ("vessel", "s_mm", "x_mm", "y_mm", "z_mm", "lumen_radius_mm", "confidence")
SLICER_SCHEMA = (
    "https://raw.githubusercontent.com/slicer/slicer/master/Modules/Loadable/Markups/Resources/Schema/markups-schema-v1.0.3.json#"
)
MAX_POINTS = 200_000
MAX_LENGTH_MM = 1000.0
"""A longer line is in another unit; no coronary artery or graft is."""


def csv_text(vessels: tuple[Vessel, ...]) -> str:
    """One row per centerline point, LPS mm, columns `CSV_COLUMNS`."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(CSV_COLUMNS)
    for v in vessels:
        for s, point, radius, confidence in zip(
            v.centerline.s_mm, v.centerline.points_mm, v.lumen_radius_mm, v.confidence, strict=True
        ):
            writer.writerow([v.name, *(f"{x:.4f}" for x in (s, *point, radius, confidence))])
    return out.getvalue()


def lines_from_csv(text: str) -> tuple[Line, ...]:
    """Lines of a CSV with at least x_mm, y_mm, z_mm columns (LPS), one per value of `vessel` if there is such a column."""
    reader = csv.DictReader(io.StringIO(text.lstrip("\ufeff")))
    missing = {"x_mm", "y_mm", "z_mm"} - set(reader.fieldnames or ())
    if missing:
        raise _unreadable("CSV", f"columns {', '.join(sorted(missing))} are absent")
    rows: dict[str, list[list[float]]] = {}
    for number, row in enumerate(reader, 2):
        try:
            point = [float(row[c]) for c in ("x_mm", "y_mm", "z_mm")]
        except (TypeError, ValueError) as error:
            raise _unreadable("CSV", f"row {number} is not three numbers") from error
        rows.setdefault(row.get("vessel") or "line", []).append(point)
    return tuple((name, _checked(points, "CSV")) for name, points in rows.items())


def slicer_json(vessel: Vessel, coordinates: str = "LPS") -> str:
    """A Slicer markups curve of one vessel, in "LPS" or "RAS" as its coordinateSystem says."""
    flip = _flip(coordinates)
    points = [
        {
            "id": str(n + 1),
            "label": f"{vessel.name}-{n + 1}",
            "position": [float(x) for x in p * flip],
            "positionStatus": "defined",
        }
        for n, p in enumerate(vessel.centerline.points_mm)
    ]
    markup = {
        "type": "Curve",
        "coordinateSystem": coordinates,
        "coordinateUnits": "mm",
        "locked": False,
        "controlPoints": points,
        "measurements": [],
        "name": vessel.name,
    }
    return json.dumps({"@schema": SLICER_SCHEMA, "markups": [markup]}, indent=1)


def lines_from_slicer(text: str) -> tuple[Line, ...]:
    """Curves, open or closed, and fiducial lists of a Slicer markups file; RAS (also its numeric code 0) is turned to LPS."""
    try:
        markups = json.loads(text)["markups"]
        found = []
        for n, markup in enumerate(markups):
            flip = _flip(
                {"0": "RAS", "1": "LPS"}.get(str(markup.get("coordinateSystem", "LPS")), str(markup["coordinateSystem"]))
            )
            defined = [p for p in markup["controlPoints"] if p.get("positionStatus", "defined") == "defined"]
            points = np.array([p["position"] for p in defined], dtype=float)
            found.append((str(markup.get("name") or f"line {n + 1}"), _checked(points * flip, "Slicer markups")))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _unreadable("Slicer markups", str(error)) from error
    return tuple(found)


def vtp_text(vessels: tuple[Vessel, ...]) -> str:
    """XML PolyData with one polyline a vessel, LPS mm; point data: Radius (mm), ArcLength (mm); cell data: name."""
    points = np.concatenate([v.centerline.points_mm for v in vessels]) if vessels else np.zeros((0, 3))
    radius = np.concatenate([v.lumen_radius_mm for v in vessels]) if vessels else np.zeros(0)
    arc = np.concatenate([v.centerline.s_mm for v in vessels]) if vessels else np.zeros(0)
    ends = np.cumsum([len(v.centerline.s_mm) for v in vessels]).astype(int) if vessels else np.zeros(0, int)
    root = ElementTree.Element("VTKFile", type="PolyData", version="0.1", byte_order="LittleEndian")
    poly = ElementTree.SubElement(root, "PolyData")
    piece = ElementTree.SubElement(poly, "Piece", NumberOfPoints=str(len(points)), NumberOfLines=str(len(vessels)))
    values = ElementTree.SubElement(piece, "PointData", Scalars="Radius")
    _array(values, "Radius", radius)
    _array(values, "ArcLength", arc)
    names = ElementTree.SubElement(
        ElementTree.SubElement(piece, "CellData"), "DataArray", type="String", Name="name", format="ascii"
    )
    names.text = " ".join(str(ord(c)) for v in vessels for c in v.name + "\0")
    _array(ElementTree.SubElement(piece, "Points"), "Points", points.ravel(), components=3)
    lines = ElementTree.SubElement(piece, "Lines")
    _array(lines, "connectivity", np.arange(len(points)), kind="Int64")
    _array(lines, "offsets", ends, kind="Int64")
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True)


def lines_from_vtp(text: str) -> tuple[Line, ...]:
    """Polylines of an ASCII XML PolyData file, taken as LPS mm; names from the cell data where there are any."""
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise _unreadable("VTP", "it declares entities")
    try:
        root = ElementTree.fromstring(text)
        arrays = {a.get("Name"): a for a in root.iter("DataArray")}
        if any(a.get("format", "ascii") != "ascii" for a in arrays.values()):
            raise ValueError("only ASCII arrays are read; save it as ASCII")
        points = np.array((arrays["Points"].text or "").split(), dtype=float).reshape(-1, 3)
        chain = np.array((arrays["connectivity"].text or "").split(), dtype=int)
        offsets = np.array((arrays["offsets"].text or "").split(), dtype=int)
        codes = (arrays["name"].text or "").split() if "name" in arrays else []
        names = "".join(chr(int(c)) for c in codes).split("\0")
        parts = [points[c] for c in np.split(chain, offsets[:-1])]
    except (ElementTree.ParseError, KeyError, ValueError, IndexError) as error:
        raise _unreadable("VTP", str(error)) from error
    return tuple(
        ((names[n] if n < len(names) and names[n] else f"line {n + 1}"), _checked(p, "VTP")) for n, p in enumerate(parts)
    )


def _array(
    parent: ElementTree.Element, name: str, values: npt.NDArray[np.generic], components: int = 1, kind: str = "Float64"
) -> None:
    element = ElementTree.SubElement(
        parent, "DataArray", type=kind, Name=name, NumberOfComponents=str(components), format="ascii"
    )
    element.text = " ".join(f"{v:.6f}" if kind == "Float64" else str(int(v)) for v in values)


def _flip(coordinates: str) -> FloatArray:
    if coordinates not in ("LPS", "RAS"):
        raise _unreadable("Slicer markups", f"the coordinate system is {coordinates!r}")
    return RAS_FROM_LPS if coordinates == "RAS" else np.ones(3)


def _checked(points: object, kind: str) -> FloatArray:
    out = np.asarray(points, dtype=float)
    if out.ndim != 2 or out.shape[1] != 3 or not 2 <= len(out) <= MAX_POINTS or not math.isfinite(float(np.abs(out).sum())):
        raise _unreadable(kind, f"a line needs 2 to {MAX_POINTS} finite points of three coordinates")
    length_mm = float(np.linalg.norm(np.diff(out, axis=0), axis=1).sum())
    if not MIN_LENGTH_MM <= length_mm <= MAX_LENGTH_MM:
        raise _unreadable(kind, f"a line of {length_mm:.2f} mm is no vessel in mm")
    crossing = self_crossing_mm(out)
    if crossing is not None:
        raise _unreadable(kind, f"a line comes back to itself {crossing:.0f} mm from its start")
    return out


def _unreadable(kind: str, why: str) -> IntakeError:
    return IntakeError(f"This {kind} file cannot be read as centerlines.", f"Reason: {why}.", "Export the lines again.")
