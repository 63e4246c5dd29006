"""docs/accuracy.md: one section per measured part, replaced when that part is measured again."""

import re
from pathlib import Path

from planner.bench_table import Table
from recon.errors import OutputError

HEAD = """# Accuracy

Measured on generated cases (recon/phantom.py), never on patients. The generator is kinder than patients: vessels are round
tubes with smooth walls, fat is even, contrast is even within a vessel, motion is a step between slabs, calcium has one
density inside a deposit, and noise is stationary. Patient data were not available to us at full resolution.

Seeds below 100000 are for development; anything may be tuned on them. Seeds from 100000 are held out: nothing is tuned on
them, and figures for publication use only these. Each section says which it used. "aim" is what the project set itself.
Percentages carry a 95 % Wilson interval. Measures of lines follow the Rotterdam framework as written in
planner/bench_overlap.py.
"""

MARK = "<!-- part: {part} -->"
END = "<!-- end: {part} -->"
MET = {True: "met", False: "**missed**", None: ""}


def part_text(part: str, tables: tuple[Table, ...], facts: tuple[str, ...]) -> str:
    """Markdown of one part between its marks; `facts` say when, with what and how it was measured."""
    lines = [MARK.format(part=part), f"## {part.capitalize()}", "", *(f"* {fact}" for fact in facts), ""]
    for table in tables:
        lines += [f"### {table.title}", "", "| what | measured | aim | | n |", "|---|---|---|---|---|"]
        lines += [f"| {i.what} | {i.measured} | {i.aim} | {MET[i.met]} | {i.count or ''} |" for i in table.lines]
        lines += ["", *table.remarks, ""] if table.remarks else [""]
    return "\n".join([*lines, END.format(part=part), ""])


def write_part(path: Path, part: str, text: str) -> None:
    """Put the text of a part into the document, in place of its earlier one; other parts are kept.

    Raises OutputError when the file cannot be written.
    """
    try:
        old = path.read_text(encoding="utf-8") if path.exists() else HEAD
        pattern = re.compile(re.escape(MARK.format(part=part)) + ".*?" + re.escape(END.format(part=part)) + "\n?", re.DOTALL)
        kept = pattern.sub(lambda _: text, old) if pattern.search(old) else old.rstrip("\n") + "\n\n" + text
        beside = path.with_name(path.name + ".part")
        beside.write_text(kept, encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        raise OutputError("The accuracy table cannot be written.", f"{path}: {error.strerror}.", "Check the folder.") from error
