"""Images to series: what belongs together, which stacks and phases a series holds, and what is wrong with each."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from recon.dicom.defects import header_findings, named
from recon.dicom.phases import Phase, phases
from recon.dicom.slice_header import CT_CLASSES, SliceHeader
from recon.dicom.stack import Stack, axes, position_of, stack
from recon.errors import IntakeError
from recon.volume import Finding, Identity


@dataclass(frozen=True, eq=False)
class SeriesEntry:
    """One stack of one phase that can be opened, or a series with the reason why not (`problem`).

    `key` is the series UID, with `#` and the phase or part behind it when the series holds several stacks. `split_by` is the
    phase rule that a person named, empty when the program chose it.
    """

    key: str
    identity: Identity
    headers: tuple[SliceHeader, ...]
    label: str = ""
    phase: Phase | None = None
    stack: Stack | None = None
    findings: tuple[Finding, ...] = ()
    problem: IntakeError | None = None
    study_description: str = ""
    fitness: float = 0.0
    reason: str = ""
    split_by: str = ""
    sharpness_hu: float | None = None

    @property
    def slices(self) -> int:
        """How many images it has."""
        return len(self.headers)

    @property
    def spacing_mm(self) -> tuple[float, float, float] | None:
        """Step, row spacing, column spacing; None for a series that forms no stack."""
        return None if self.stack is None else (self.stack.step_mm, *self.stack.pixel_mm)


def identity_of(header: SliceHeader) -> Identity:
    """Who and what an image shows."""
    return Identity(
        patient_name=header.patient_name,
        patient_id=header.patient_id,
        birth_date=header.birth_date,
        sex=header.sex,
        study_date=header.study_date,
        study_uid=header.study_uid,
        series_uid=header.series_uid,
        series_description=header.series_description,
        accession_number=header.accession_number,
        study_time=header.study_time,
        study_id=header.study_id,
        referring_physician=header.referring_physician,
    )


def is_ct(header: SliceHeader) -> bool:
    """Whether this is a CT slice: its class says so, or it is called CT and hangs in the patient."""
    return header.sop_class in CT_CLASSES or (header.modality == "CT" and header.position_mm is not None)


def series_entries(headers: Iterable[SliceHeader], phase_rule: str | None = None) -> list[SeriesEntry]:
    """All CT stacks among `headers`, one entry a phase; localizers are left out where there are real slices.

    `phase_rule` names the rule of `recon.dicom.phases` to split by; None = the first that fits.
    """
    series: dict[tuple[str, str], list[SliceHeader]] = defaultdict(list)
    for header in headers:
        if is_ct(header):
            series[header.study_uid, header.series_uid].append(header)
    entries: list[SeriesEntry] = []
    for members in series.values():
        entries.extend(_entries_of(members, phase_rule))
    return entries


def _entries_of(members: list[SliceHeader], phase_rule: str | None) -> list[SeriesEntry]:
    first = members[0]
    unique, copies = _without_copies(members)
    try:
        _refuse_mixed(unique)
        _refuse_colour(unique)
        parts, left_out = _parts(unique)
    except IntakeError as problem:
        return [_refused(first, tuple(unique), problem)]
    entries: list[SeriesEntry] = []
    for number, part in enumerate(parts):
        suffix = f"part {number + 1}" if len(parts) > 1 else ""
        entries.extend(_stacks_of(part, suffix, _side_findings(copies, left_out), phase_rule))
    return entries


def _without_copies(members: Sequence[SliceHeader]) -> tuple[list[SliceHeader], list[SliceHeader]]:
    """Each SOP instance (and frame) once, whole files before cut ones, and the files that repeat one.

    Images that share a UID but lie at different places are no copies: some systems give all slices one UID.
    """
    seen: set[tuple[str, int, tuple[float, ...] | None]] = set()
    unique: list[SliceHeader] = []
    copies: list[SliceHeader] = []
    for header in sorted(members, key=lambda h: (h.cut_short, str(h.ref), h.frame)):
        known = (header.sop_uid, header.frame, header.position_mm)
        (copies if header.sop_uid and known in seen else unique).append(header)
        seen.add(known)
    return unique, copies


def _side_findings(copies: list[SliceHeader], left_out: list[tuple[SliceHeader, str]]) -> tuple[Finding, ...]:
    """What was put aside before stacking."""
    findings = []
    if copies:
        what = f"{len(copies)} files repeat an image."
        findings.append(Finding("repeated-files", named(copies), what, "They are left out.", "None."))
    if left_out:
        reasons = " ".join(sorted({reason for _, reason in left_out}))
        findings.append(
            Finding(
                "images-left-out",
                named([header for header, _ in left_out]),
                f"{len(left_out)} images of the series cannot be used: {reasons}",
                "They are left out; where one was a slice of the stack, its place is a gap.",
                "Copy or export the series again.",
            )
        )
    return tuple(findings)


def _refuse_mixed(members: Sequence[SliceHeader]) -> None:
    """Raises IntakeError when stated identities or frames of reference differ; what is not stated contradicts nothing."""
    for name in ("patient_id", "patient_name", "birth_date"):
        stated = {getattr(h, name): h for h in members if getattr(h, name)}
        if len(stated) > 1:
            raise IntakeError(
                "One series holds images of different patients.",
                "; ".join(f"{value} in {h.ref}" for value, h in list(stated.items())[:3]),
                "Do not use it; ask the sender to export each patient again.",
            )
    frames = {h.frame_of_reference_uid: h for h in members if h.frame_of_reference_uid}
    if len(frames) > 1:
        raise IntakeError(
            "One series holds images of different frames of reference.",
            "; ".join(str(h.ref) for h in list(frames.values())[:3]),
            "Positions of one cannot be compared with the other; export the series again.",
        )


def _refuse_colour(members: Sequence[SliceHeader]) -> None:
    if all(h.samples != 1 or "COLOR" in h.pixel_presentation for h in members):
        raise IntakeError(
            "The images are colour pictures or maps, not CT values.",
            f"First: {members[0].ref}.",
            "Choose the original axial series.",
        )


def _parts(members: Sequence[SliceHeader]) -> tuple[list[list[SliceHeader]], list[tuple[SliceHeader, str]]]:
    """Groups of equal orientation, matrix and pixel size, largest first, and the images left out of them with the reason.

    Localizers and single images are left out when others are left. Raises IntakeError when no image can be used.
    """
    groups: dict[tuple[object, ...], list[SliceHeader]] = defaultdict(list)
    left_out: list[tuple[SliceHeader, str]] = []
    problem: IntakeError | None = None
    for header in members:
        try:
            axes(header)
            position_of(header)
            _refuse_spacing(header)
            _refuse_empty(header)
            _refuse_flat(header)
        except IntakeError as error:
            problem = problem or error
            left_out.append((header, error.what))
            continue
        spacing = tuple(round(s, 4) for s in header.spacing_mm or ())
        groups[_turned(header.orientation or ()), header.rows, header.columns, spacing, "LOCALIZER" in header.image_type].append(
            header
        )
    if not groups and problem:
        raise problem
    parts = sorted(groups.values(), key=len, reverse=True)
    usable = [part for part in parts if len(part) > 1 and "LOCALIZER" not in part[0].image_type] or parts[:1]
    for part in parts:
        if not any(part is kept for kept in usable) and "LOCALIZER" not in part[0].image_type:
            left_out.extend((header, "Its matrix or direction differs from the series.") for header in part)
    return usable, left_out


def _refuse_flat(header: SliceHeader) -> None:
    if header.slope == 0:
        raise IntakeError(
            "An image cannot be turned into Hounsfield units.",
            f"Rescale Slope (0028,1053) is 0 in {header.ref}.",
            "Export the series again; every value would become the same.",
        )


@lru_cache(maxsize=256)
def _turned(orientation: tuple[float, ...]) -> tuple[float, ...]:
    """The orientation without the last digits, in which slices of one series may differ."""
    return tuple(round(v, 3) + 0.0 for v in orientation)


def _refuse_empty(header: SliceHeader) -> None:
    if header.pixel_offset is None or header.rows < 1 or header.columns < 1:
        raise IntakeError("An image holds no pixels.", f"{header.ref}", "Copy or export the series again.")


def _refuse_spacing(header: SliceHeader) -> None:
    if header.spacing_mm is None or not all(0.01 <= s <= 10 for s in header.spacing_mm):
        raise IntakeError(
            "An image does not say how large its pixels are.",
            f"Pixel Spacing (0028,0030) is absent or impossible ({header.spacing_mm}) in {header.ref}.",
            "Export the original series again.",
        )


def _stacks_of(part: list[SliceHeader], suffix: str, aside: tuple[Finding, ...], phase_rule: str | None) -> list[SeriesEntry]:
    found = phases(part, phase_rule)
    if not found:
        return [_refused(part[0], tuple(part), _not_told_apart(part, phase_rule))]
    entries = []
    for phase in found:
        label = ", ".join(text for text in (phase.label, suffix) if text)
        several = len(found) > 1 or bool(suffix)
        key = part[0].series_uid + (f"#{label}" if several else "")
        try:
            piled = stack(phase.headers)
        except IntakeError as problem:
            entries.append(_refused(phase.headers[0], phase.headers, problem, key, label))
            continue
        entries.append(
            SeriesEntry(
                key,
                identity_of(piled.headers[0]),
                piled.headers,
                label,
                phase,
                piled,
                header_findings(piled, phase, len(found)) + aside,
                study_description=piled.headers[0].study_description,
                split_by=(phase_rule or "") if len(found) > 1 else "",
            )
        )
    return entries


def _not_told_apart(part: list[SliceHeader], phase_rule: str | None) -> IntakeError:
    where = f"Series {part[0].series_description or part[0].series_uid}: {len(part)} images."
    if phase_rule is not None:
        return IntakeError(
            "The rule that was named does not part the phases into equal stacks.", where, "Name another rule, or none."
        )
    return IntakeError(
        "Several stacks of slices lie on top of each other and nothing in the files tells them apart.",
        where,
        "They are never mixed: export the phase you want as its own series.",
    )


def _refused(
    first: SliceHeader, headers: tuple[SliceHeader, ...], problem: IntakeError, key: str = "", label: str = ""
) -> SeriesEntry:
    return SeriesEntry(
        key or first.series_uid, identity_of(first), headers, label, problem=problem, study_description=first.study_description
    )
