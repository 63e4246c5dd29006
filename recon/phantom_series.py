"""Write a named test object as a DICOM series with its truth: `python -m recon.phantom_series demo-rca FOLDER`."""

import argparse
import sys
from dataclasses import asdict, replace
from pathlib import Path

from recon.dicom.write import Packaging, derived_uid, write_series
from recon.phantom import STANDARD, Case, random_case, render, standard_case
from recon.phantom_truth import write_truth
from recon.report import Report, part_of, silent


def write_case(case: Case, folder: Path, report: Report = silent, packaging: Packaging | None = None) -> Path:
    """Render a case into `folder`/dicom (JPEG-LS unless told otherwise) and write `folder`/truth.json; returns the latter."""
    volume = render(case, part_of(report, 0.0, 0.7))
    series = derived_uid("phantom", case.name, case.seed, "series")
    identity = replace(
        case.identity,
        study_uid=derived_uid("phantom", case.name, case.seed, "study"),
        series_uid=series,
        series_description=_title(case),
    )
    options = packaging or Packaging(syntax="jpeg-ls")
    write_series(replace(volume, identity=identity), folder / "dicom", part_of(report, 0.7, 0.95), options)
    path = folder / "truth.json"
    write_truth(case.truth, path, {"name": case.name, "seed": case.seed, "series_uid": series, "scan": asdict(case.scan)})
    report(1.0, f"Case {case.name} written")
    return path


def _title(case: Case) -> str:
    return f"CCTA {case.geometry.spacing_mm[0]:g} {case.scan.kernel} {case.scan.phase_pct:g} % (test object)"


def main(arguments: list[str]) -> int:
    """The shell form; NAME is a named case or a seed."""
    parser = argparse.ArgumentParser(prog="python -m recon.phantom_series", description=main.__doc__)
    parser.add_argument("name", help=f"one of {', '.join(STANDARD)}, or a seed")
    parser.add_argument("folder", type=Path)
    given = parser.parse_args(arguments)
    case = random_case(int(given.name)) if given.name.isdigit() else standard_case(given.name)
    print(write_case(case, given.folder))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
