"""Who the results belong to, in every file that other programs read: one block in JSON, columns at the end in CSV."""

import csv
import io
from typing import Any

from planner.report.front_page import date_text
from recon.volume import Identity

COLUMNS = ("patient_name", "patient_id", "birth_date", "sex", "study_date")
"""Columns of the CSV files, after those of the table itself; dates are ISO 8601, unknown is empty."""


def identity_object(identity: Identity) -> dict[str, dict[str, str | None]]:
    """`patient` and `study` as in the images; null = not stated there."""
    who = identity
    patient = {"name": who.patient_name, "id": who.patient_id, "birth_date": date_text(who.birth_date), "sex": who.sex}
    study = {
        "date": date_text(who.study_date),
        "time": who.study_time,
        "id": who.study_id,
        "uid": who.study_uid,
        "accession_number": who.accession_number,
        "referring_physician": who.referring_physician,
    }
    return {name: {k: v or None for k, v in block.items()} for name, block in (("patient", patient), ("study", study))}


def identified(content: dict[str, Any], identity: Identity) -> dict[str, Any]:
    """The content of a JSON file with whom it belongs to, behind its schema number."""
    return {"schema": content["schema"]} | identity_object(identity) | {k: v for k, v in content.items() if k != "schema"}


def identified_csv(text: str, identity: Identity) -> str:
    """The table with the columns of `COLUMNS` at the end of every row."""
    who = identity
    values = (who.patient_name, who.patient_id, date_text(who.birth_date), who.sex, date_text(who.study_date))
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    for number, row in enumerate(csv.reader(io.StringIO(text))):
        writer.writerow([*row, *(COLUMNS if number == 0 else values)])
    return stream.getvalue()
