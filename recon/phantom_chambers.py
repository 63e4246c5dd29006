"""What surrounds the coronary arteries of a test object: chambers, great vessels, fat, lung, bone, as regions of shapes."""

from dataclasses import dataclass, field

import numpy as np

from recon.estimate import FloatArray
from recon.kernels.phantom_scene import CLEARANCE, COLUMN, ELLIPSOID, HEART_WALL, PLANE, TUBE
from recon.phantom_arteries import Root
from recon.phantom_heart import HeartFrame

SHAPE_COLUMNS = 26
FAR_MM = 400.0


@dataclass(frozen=True, slots=True)
class Tissue:
    """Attenuation of what is not a vessel, HU."""

    lung: float = -860.0
    fat: float = -95.0
    muscle: float = 55.0
    myocardium: float = 105.0
    wall: float = 70.0
    right_heart: float = 220.0
    left_heart: float = 400.0
    aorta: float = 400.0
    bone: float = 260.0
    cortex: float = 620.0
    liver: float = 95.0
    effusion: float = 25.0


@dataclass(frozen=True, eq=False)
class Scene:
    """Shapes, tube points and regions ready for the kernels; boxes are LPS (low, high) per region."""

    shapes: FloatArray
    tubes: FloatArray
    regions: FloatArray
    terms: FloatArray
    boxes_mm: FloatArray
    background_hu: float


@dataclass
class _Builder:
    """Collects shapes and regions in painting order."""

    shapes: list[FloatArray] = field(default_factory=list)
    tubes: list[FloatArray] = field(default_factory=list)
    regions: list[tuple[float, int, int]] = field(default_factory=list)
    terms: list[tuple[float, float, float]] = field(default_factory=list)
    boxes: list[FloatArray] = field(default_factory=list)

    def shape(self, kind: int) -> FloatArray:
        """A new shape row to fill."""
        self.shapes.append(np.zeros(SHAPE_COLUMNS))
        self.shapes[-1][0] = kind
        return self.shapes[-1]

    def ellipsoid(self, center: FloatArray, axes: FloatArray, half: FloatArray, ripple: tuple[float, float] = (0.0, 0.0)) -> int:
        """`axes` (3, 3) are rows; `half` has three or four lengths (the fourth is the far side of the third axis)."""
        row = self.shape(ELLIPSOID)
        row[1:4], row[4:13], row[13:16] = center, axes.ravel(), half[:3]
        row[16] = half[3] if len(half) > 3 else half[2]
        row[17:19] = ripple
        return len(self.shapes) - 1

    def plane(self, point: FloatArray, normal: FloatArray) -> int:
        """The side `normal` points away from is inside."""
        row = self.shape(PLANE)
        row[1:4], row[4:7] = point, normal / np.linalg.norm(normal)
        return len(self.shapes) - 1

    def tube(self, points: FloatArray, radius: FloatArray | float) -> int:
        """A tube along points (n, 3)."""
        first = sum(len(t) for t in self.tubes)
        self.tubes.append(np.column_stack([points, np.broadcast_to(radius, len(points))]))
        row = self.shape(TUBE)
        row[1:3] = first, first + len(points)
        return len(self.shapes) - 1

    def column(self, x: float, y: float, half_x: float, half_y: float) -> int:
        """An elliptic cylinder along the patient axis."""
        row = self.shape(COLUMN)
        row[1:3], row[13:15] = (x, y), (half_x, half_y)
        return len(self.shapes) - 1

    def clearance(self) -> int:
        """The space kept free around the arteries."""
        self.shape(CLEARANCE)
        return len(self.shapes) - 1

    def paint(self, hu: float, *terms: tuple[int, float, float]) -> None:
        """A region: where every (shape, sign, offset) has sign * distance + offset < 0."""
        first = len(self.terms)
        self.terms += [(float(s), sign, offset) for s, sign, offset in terms]
        self.regions.append((hu, first, len(self.terms)))
        low, high = np.full(3, -FAR_MM), np.full(3, FAR_MM)
        for shape, sign, offset in terms:
            if sign > 0:
                a, b = self.bounds(shape)
                low, high = np.maximum(low, a - 3 + min(offset, 0)), np.minimum(high, b + 3 - min(offset, 0))
        self.boxes.append(np.stack([low, high]))

    def bounds(self, shape: int) -> tuple[FloatArray, FloatArray]:
        """LPS box of a shape (unbounded for planes)."""
        row = self.shapes[shape]
        if row[0] in (ELLIPSOID, HEART_WALL):
            axes = row[4:13].reshape(3, 3)
            far = np.array([row[13], row[14], max(row[15], row[16])]) + 2 * row[17]
            reach = np.sqrt(((axes * far[:, None]) ** 2).sum(axis=0))
            return row[1:4] - reach, row[1:4] + reach
        if row[0] == TUBE:
            points = np.vstack(self.tubes)[int(row[1]) : int(row[2])]
            return (points[:, :3] - points[:, 3:]).min(axis=0), (points[:, :3] + points[:, 3:]).max(axis=0)
        if row[0] == COLUMN:
            return np.array([row[1] - row[13], row[2] - row[14], -FAR_MM]), np.array([row[1] + row[13], row[2] + row[14], FAR_MM])
        return np.full(3, -FAR_MM), np.full(3, FAR_MM)

    def scene(self, background_hu: float) -> Scene:
        """Freeze."""
        return Scene(
            np.array(self.shapes).reshape(-1, SHAPE_COLUMNS),
            np.vstack(self.tubes) if self.tubes else np.zeros((2, 4)),
            np.array(self.regions, dtype=float).reshape(-1, 3),
            np.array(self.terms, dtype=float).reshape(-1, 3),
            np.array(self.boxes, dtype=float).reshape(-1, 2, 3),
            background_hu,
        )


def plain_scene(tissue: Tissue) -> Scene:
    """Nothing but fat, for straight test tubes."""
    return _Builder().scene(tissue.fat)


def wall_scene(tissue: Tissue, point_mm: FloatArray, into: FloatArray, thick_mm: float) -> Scene:
    """Fat, and beyond a plane through `point_mm` (facing away from `into`) muscle of that thickness before a contrast-filled
    chamber; both keep clear of the arteries."""
    b = _Builder()
    free = b.clearance()
    muscle, chamber = b.plane(point_mm, -into), b.plane(point_mm + thick_mm * into, -into)
    b.paint(tissue.myocardium, (muscle, 1.0, 0.0), (free, -1.0, 0.0))
    b.paint(tissue.left_heart, (chamber, 1.0, 0.0), (free, -1.0, 1.4))
    return b.scene(tissue.fat)


def chest_scene(frame: HeartFrame, root: Root, tissue: Tissue, rng: np.random.Generator) -> Scene:
    """The whole chest around the arteries, far things first."""
    b = _Builder()
    _chest_wall(b, frame, root, tissue, rng)
    heart, wall = _heart_shell(b, frame, tissue)
    _great_vessels(b, frame, root, tissue, rng)
    _chambers(b, frame, tissue, rng, heart, wall)
    b.paint(tissue.fat, (heart, 1.0, 1.2), (b.clearance(), 1.0, 0.0))
    _aorta(b, frame, root, tissue)
    return b.scene(tissue.lung)


def _chest_wall(b: _Builder, frame: HeartFrame, root: Root, tissue: Tissue, rng: np.random.Generator) -> None:
    """Lung vessels, mediastinal fat, liver, spine, descending aorta, ribs, sternum, muscle."""
    c = frame.center_mm
    for _ in range(70):
        side = rng.choice([-1.0, 1.0])
        hilum = c + np.array([side * rng.uniform(35, 45), rng.uniform(20, 40), rng.uniform(10, 40)])
        tip = hilum + np.array([side * rng.uniform(15, 70), rng.uniform(-70, 40), rng.uniform(-80, 50)])
        middle = 0.5 * (hilum + tip) + rng.normal(0, 4, 3)
        b.paint(
            rng.uniform(40, 300),
            (b.tube(np.stack([hilum, middle, tip]), np.array([2.6, 1.7, 0.8]) * rng.uniform(0.6, 1.3)), 1.0, 0.0),
        )
    chest = b.column(c[0] - 5, c[1] + 20, rng.uniform(118, 135), rng.uniform(84, 96))
    b.paint(tissue.muscle, (chest, -1.0, 0.0))
    b.paint(tissue.fat, (chest, -1.0, 9.0))
    above = b.tube(np.stack([root.axis_mm[1] + [4, 8, 0], root.axis_mm[-1] + [4, 8, 30]]), np.array([34.0, 40.0]))
    b.paint(tissue.fat, (above, 1.0, 0.0))
    dome = b.ellipsoid(
        c + np.array([-45, 8, -frame.half_mm[2] * 0.62 - 92]), np.eye(3), np.array([105.0, 80.0, rng.uniform(66, 74)])
    )
    b.paint(tissue.liver, (dome, 1.0, 0.0))
    spine = c + np.array([rng.uniform(0, 8), rng.uniform(88, 96), 0])
    b.paint(tissue.cortex, (b.column(spine[0], spine[1], 18.0, 16.0), 1.0, 0.0))
    b.paint(tissue.bone - 60, (b.column(spine[0], spine[1], 16.6, 14.6), 1.0, 0.0))
    low = np.array([spine[0] + rng.uniform(20, 28), spine[1] - rng.uniform(20, 26), -200.0])
    descending = np.stack([low, low + np.array([-2.0, -2, 200]), low + np.array([-4.0, 0, 400])])
    size = rng.uniform(10, 13)
    b.paint(tissue.fat, (b.tube(descending, size + 5.0), 1.0, 0.0))
    b.paint(tissue.wall, (b.tube(descending, size + 1.6), 1.0, 0.0))
    b.paint(tissue.aorta, (b.tube(descending, size), 1.0, 0.0))
    front = c[1] + 20 - 86
    b.paint(
        tissue.cortex, (b.ellipsoid(np.array([c[0] - 5, front - 4, 20.0]), np.eye(3), np.array([17.0, 6.0, 110.0])), 1.0, 0.0)
    )
    b.paint(
        tissue.bone - 80, (b.ellipsoid(np.array([c[0] - 5, front - 4, 20.0]), np.eye(3), np.array([15.6, 4.6, 108.0])), 1.0, 0.0)
    )
    for level in np.arange(-95.0, 110.0, rng.uniform(23, 27)):
        for side in (-1.0, 1.0):
            angle = np.linspace(0.35, 2.6, 12)
            rib = np.column_stack(
                [
                    c[0] - 5 + side * 128 * np.sin(angle),
                    c[1] + 20 - 90 * np.cos(angle),
                    level + 26 * angle / 2.6 + rng.uniform(-3, 3),
                ]
            )
            b.paint(tissue.cortex, (b.tube(rib, 5.2), 1.0, 0.0))
            b.paint(tissue.bone, (b.tube(rib, 3.9), 1.0, 0.0))


def _heart_shell(b: _Builder, frame: HeartFrame, tissue: Tissue) -> tuple[int, int]:
    """Pericardium, epicardial fat and the outer surface of the muscle; the two shapes other regions refer to."""
    heart = b.ellipsoid(frame.center_mm, frame.axes(), frame.half_mm)
    b.paint(tissue.effusion, (heart, 1.0, 0.2))
    b.paint(tissue.fat, (heart, 1.0, 1.2))
    wall = b.ellipsoid(frame.center_mm, frame.axes(), frame.half_mm)
    row = b.shapes[wall]
    row[0] = HEART_WALL
    row[20:26] = frame.fat_mm, frame.av_fat_mm, 9.0, frame.iv_fat_mm, 8.0, frame.fat_phase
    b.paint(tissue.myocardium, (wall, 1.0, 0.0))
    return heart, wall


def _great_vessels(b: _Builder, frame: HeartFrame, root: Root, tissue: Tissue, rng: np.random.Generator) -> None:
    """Pulmonary trunk, superior vena cava, pulmonary veins; their walls first. They keep clear of the arteries."""
    free = b.clearance()
    trunk_start = frame.lps([0.62 * frame.half_mm[0], 0.34 * frame.half_mm[1], 6.0])
    top = root.axis_mm[6] + np.array([27.0, -4.0, 8.0])
    middle = 0.5 * (trunk_start + top) + np.array([4.0, -7.0, 0.0])
    trunk = np.stack([trunk_start, middle, top, top + np.array([6.0, 24, 16])])
    size = rng.uniform(10.5, 13.0)
    b.paint(tissue.wall, (b.tube(trunk, size + 1.3), 1.0, 0.0), (free, -1.0, 0.6))
    b.paint(0.8 * tissue.right_heart + 30, (b.tube(trunk, size), 1.0, 0.0), (free, -1.0, 1.8))
    cava = root.axis_mm[[2, 6, 10]] + np.array([-31.0, 14.0, 0.0])
    b.paint(tissue.wall, (b.tube(cava, 10.0), 1.0, 0.0), (free, -1.0, 0.6))
    b.paint(rng.uniform(90, 420), (b.tube(cava, 9.0), 1.0, 0.0), (free, -1.0, 1.6))


def _chambers(b: _Builder, frame: HeartFrame, tissue: Tissue, rng: np.random.Generator, heart: int, wall: int) -> None:
    """Atria with appendages, right ventricle, left ventricle with papillary muscles."""
    p, q, apex, base = frame.half_mm
    axes, free = frame.axes(), b.clearance()
    atrial = b.plane(frame.lps([0, 0, -3.0]), frame.apex)
    ventricular = b.plane(frame.lps([0, 0, 5.0]), -frame.apex)
    middle = b.plane(frame.lps([0, 0.06 * q, 0]), frame.right)
    la = b.ellipsoid(frame.lps([-0.16 * p, -0.36 * q, -0.46 * base]), axes, np.array([0.72 * p, 0.55 * q, 0.44 * base]))
    ra = b.ellipsoid(frame.lps([-0.30 * p, 0.52 * q, -0.42 * base]), axes, np.array([0.60 * p, 0.50 * q, 0.46 * base]))
    keep = (free, -1.0, 1.4)
    laa = frame.lps(
        [[0.1 * p, -0.62 * q, -0.45 * base], [0.42 * p, -0.52 * q, -0.24 * base], [0.62 * p, -0.38 * q, -0.14 * base]]
    )
    raa = frame.lps([[0.1 * p, 0.62 * q, -0.5 * base], [0.5 * p, 0.5 * q, -0.3 * base], [0.66 * p, 0.28 * q, -0.2 * base]])
    widths = np.array([10.0, 8.5, 5.0])
    for points in (laa, raa):
        b.paint(tissue.wall, (b.tube(points, widths), 1.0, 0.0), (heart, 1.0, 1.6), (free, -1.0, 0.4))
    b.paint(tissue.left_heart, (la, 1.0, 0.0), (atrial, 1.0, 0.0), (wall, 1.0, 2.0), (middle, 1.0, 1.0), keep)
    b.paint(tissue.right_heart, (ra, 1.0, 0.0), (atrial, 1.0, 0.0), (wall, 1.0, 2.0), (middle, -1.0, 1.0), keep)
    for points, hu in ((laa, tissue.left_heart), (raa, tissue.right_heart)):
        b.paint(hu, (b.tube(points, widths - 1.4), 1.0, 0.0), (heart, 1.0, 3.0), keep)
    thick = rng.uniform(8.5, 11.5)
    lv_center = frame.lps([-0.10 * p, -0.30 * q, 4.0])
    lv_half = np.array([0.80 * p, 0.66 * q, 0.90 * apex, 22.0])
    epi = b.ellipsoid(lv_center, axes, lv_half)
    ripple = (rng.uniform(0.3, 0.9), 9.0)
    b.paint(tissue.right_heart, (wall, 1.0, 4.0), (ventricular, 1.0, 0.0), (epi, -1.0, 1.0), (middle, -1.0, -8.0), keep)
    cavity = b.ellipsoid(lv_center, axes, lv_half - thick, ripple)
    b.paint(tissue.left_heart, (cavity, 1.0, 0.0), (wall, 1.0, thick), (ventricular, 1.0, 2.0), keep)
    for sign in (-1.0, 1.0):
        foot = frame.lps([sign * 0.34 * p - 0.1 * p, -0.42 * q, 0.46 * apex])
        head = frame.lps([sign * 0.20 * p - 0.1 * p, -0.36 * q, 0.18 * apex])
        b.paint(tissue.myocardium, (b.tube(np.stack([foot, head]), np.array([4.6, 3.2])), 1.0, 0.0), (cavity, 1.0, 0.0))


def _aorta(b: _Builder, frame: HeartFrame, root: Root, tissue: Tissue) -> None:
    """Outflow tract, aortic wall and lumen; painted last so that fat around an artery does not enter the root."""
    p, q, _, _ = frame.half_mm
    tract = np.stack([root.axis_mm[1], frame.lps([0.10 * p, -0.22 * q, 12.0])])
    b.paint(tissue.left_heart, (b.tube(tract, 0.72 * root.radius_mm[1]), 1.0, 0.0), (b.clearance(), -1.0, 1.4))
    b.paint(tissue.wall, (b.tube(root.axis_mm, root.radius_mm + 1.6), 1.0, 0.0))
    b.paint(tissue.aorta, (b.tube(root.axis_mm, root.radius_mm), 1.0, 0.0))
