"""Which generated cases a measurement uses. Development seeds and held-out seeds never overlap (recon.phantom.HELD_OUT_SEED)."""

from collections.abc import Iterator

from recon.phantom import HAZARDS, HELD_OUT_SEED, OCCLUDABLE, random_case
from recon.phantom_case import Case
from recon.phantom_segments import segment_case

VARIED, NO_DISTAL, HARD, CLEAR = "varied", "no distal vessel", "hard", "no occlusion"
SEGMENT, FULL_MOON = "segment", "full moon"
FULL_MOON_EVERY, FULL_MOON_SEED = 8, 5000
"""One segment with a full moon on top of this many others, and how far its seed lies from theirs."""


def is_held_out(seed: int) -> bool:
    """Whether nothing may be tuned on the cases of this seed."""
    return seed >= HELD_OUT_SEED


def heart_cases(count: int, seed: int) -> Iterator[tuple[str, Case]]:
    """Whole hearts with their group: occluded ones (every sixth with two occlusions, every eighth flush), half as many open
    ones (calcified too), a quarter as many without a distal vessel, and each hazard apart."""
    for n in range(count):
        yield VARIED, random_case(seed + n, occlusion=OCCLUDABLE[n % 3], second=n % 6 == 5, flush=n % 8 == 7)
    for n in range(max(1, count // 2)):
        yield CLEAR, random_case(seed + 3000 + n, occlusion="none", calcium="heavy" if n % 2 else "random")
    for n in range(max(1, count // 4)):
        distal = ("absent", "dark")[n % 2]
        yield NO_DISTAL, random_case(seed + 1000 + n, occlusion=OCCLUDABLE[n % 3], distal=distal)
    for n in range(max(len(HAZARDS) if count >= 12 else 1, count // 6)):
        yield HARD, random_case(seed + 2000 + n, hazards=(HAZARDS[n % len(HAZARDS)],))


def section_cases(count: int, seed: int) -> Iterator[tuple[str, Case]]:
    """Short segments of calcified vessels, half of them occluded, and for every eighth one more that holds a full moon."""
    for n in range(count):
        yield SEGMENT, segment_case(seed + n)
    for n in range(max(1, count // FULL_MOON_EVERY)):
        yield FULL_MOON, segment_case(seed + FULL_MOON_SEED + n, full_moon=True)
