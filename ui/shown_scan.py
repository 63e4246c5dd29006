"""Which scan the curved view and the section show: with contrast, without, or the difference of both; and what is said of it."""

from ui.windowing import Window

CONTRAST, BARE, DIFFERENCE = "contrast", "non-contrast", "difference"
SCANS = (CONTRAST, BARE, DIFFERENCE)
LABELS = {CONTRAST: "", BARE: "NON-CONTRAST SCAN", DIFFERENCE: "DIFFERENCE (computed)"}
WINDOWS = {BARE: Window("non-contrast", 250.0, 800.0), DIFFERENCE: Window("difference", 250.0, 700.0)}
"""Brightness of the two other pictures; the presets are for the contrast scan."""

NO_MATCH = "the scans do not match here"
