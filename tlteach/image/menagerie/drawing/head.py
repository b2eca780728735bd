"""The head of an animal: ears, horns, mane, coat pattern, muzzle, eyes and whiskers. This is where species differ."""

import numpy as np

from tlteach.image.menagerie.drawing.pen import COATS, EYE_COLOURS, INK, NOSES, circle, curve, mix, shade


def head_outline(animal, kind, n: int = 40) -> np.ndarray:
    """The outline (n, 2) of the head: an oval that narrows to the jaw, with cheeks and fur."""
    points = circle(n)
    across = animal.face_width * (1 - kind.jaw * points[:, 1])
    across = across + kind.cheek * np.exp(-(((points[:, 1] - 0.35) / 0.3) ** 2))
    outline = points * np.stack([across, np.full(n, kind.face_height)], axis=1)
    if kind.fur:
        rough = np.where(np.arange(n) % 2, 1 + kind.fur, 1 - kind.fur * 0.3)
        outline = outline * np.where(points[:, 1] > -0.4, rough, 1)[:, None]
    return outline


def inside(outline, angle: float, depth: float) -> np.ndarray:
    """The point (2,) at `angle` (turns, 0 is right, 0.25 is down) and `depth` (0 centre, 1 edge) of an outline."""
    return outline[int(angle * len(outline)) % len(outline)] * depth


def paint_pattern(pen, outline, pattern, colour, random) -> None:
    if pattern == "spots":
        for angle, depth, radius in random.uniform((0, 0.25, 0.07), (1, 0.85, 0.14), (11, 3)):
            pen.oval(*inside(outline, angle, depth), radius, radius * 0.85, colour, ink=0)
    elif pattern == "stripes":
        for angle in (0.62, 0.685, 0.75, 0.815, 0.88, 0.04, 0.1, 0.40, 0.46):
            start = angle + random.uniform(-0.012, 0.012)
            wedge = [inside(outline, start - 0.018, 0.97), inside(outline, start + 0.018, 0.97)]
            pen.fill([*wedge, inside(outline, start, random.uniform(0.5, 0.68))], colour, ink=0)
    elif pattern == "patch":
        start = random.choice([0.55, 0.78, 0.95, 0.32])
        angles = np.linspace(start, start + random.uniform(0.17, 0.25), 8)
        rim = [inside(outline, angle, 0.97) for angle in angles]
        core = [inside(outline, angle, random.uniform(0.2, 0.4)) for angle in angles[::-3]]
        pen.fill(rim + core, colour, ink=0)


def paint_ear(pen, side, ears, size, animal, kind, coat, lining) -> None:
    """One ear; side is -1 (left) or 1 (right). Hanging ears are painted after the head, the others before it."""
    w, h = animal.face_width, kind.face_height

    def at(*points):
        return np.asarray(points, dtype=float) * (side, 1)

    if ears in ("pointed", "tufted"):
        tip = (0.86 * w, -h - 0.62 * size)
        pen.fill(
            at((0.2 * w, -0.8 * h), (0.5 * w, -h - 0.3 * size), tip, (0.97 * w, -h * 0.7), (0.93 * w, -h * 0.2)), coat
        )
        pen.fill(at((0.42 * w, -0.82 * h), (0.8 * w, -h - 0.42 * size), (0.84 * w, -0.5 * h)), lining, ink=0)
        if ears == "tufted":
            pen.fill(
                at((tip[0] - 0.1, tip[1] + 0.16), (tip[0] + 0.12, tip[1] - 0.38), (tip[0] + 0.06, tip[1] + 0.14)),
                INK,
                ink=0,
            )
    elif ears == "folded":
        pen.fill(
            at((0.25 * w, -0.8 * h), (0.5 * w, -h - 0.32 * size), (0.9 * w, -h - 0.22 * size), (0.98 * w, -0.45 * h)),
            coat,
        )
        flap = at((0.48 * w, -h - 0.32 * size), (0.92 * w, -h - 0.22 * size), (0.98 * w, -h + 0.32 * size))
        pen.fill(flap, shade(coat, 0.82))
    elif ears == "floppy":
        drop = 0.15 + 0.75 * size
        flap = at(
            (0.5 * w, -0.88 * h),
            (0.95 * w, -0.85 * h),
            (1.2 * w, -0.2 * h),
            (1.18 * w, drop - 0.1),
            (0.98 * w, drop),
            (0.84 * w, -0.2),
        )
        pen.fill(curve(flap, 4), shade(coat, 0.8))
    elif ears == "round":
        pen.oval(side * 0.72 * w, -0.82 * h, 0.36 * size, 0.36 * size, coat)
        pen.oval(side * 0.73 * w, -0.8 * h, 0.2 * size, 0.2 * size, lining, ink=0)
    elif ears == "fan":
        pen.oval(side * 0.92 * w, -0.72 * h, 0.58 * size, 0.58 * size, coat)
        pen.oval(side * 0.94 * w, -0.7 * h, 0.38 * size, 0.38 * size, lining, ink=0)
    elif ears == "long":
        pen.oval(side * 0.48 * w, -h - 0.5 * size, 0.22, 0.75 * size, coat, turn=side * 0.16)
        pen.oval(side * 0.48 * w, -h - 0.48 * size, 0.11, 0.56 * size, lining, ink=0, turn=side * 0.16)
    elif ears == "leaf":
        pen.oval(side * (0.85 * w + 0.3 * size), -0.5 * h, 0.48 * size, 0.21 * size, coat, turn=-side * 0.22)
        pen.oval(side * (0.87 * w + 0.3 * size), -0.5 * h, 0.32 * size, 0.11 * size, lining, ink=0, turn=-side * 0.22)
    elif ears == "side":
        pen.oval(side * 1.02 * w, -0.05, 0.32 * size, 0.36 * size, coat)
        pen.oval(side * 1.04 * w, -0.05, 0.18 * size, 0.22 * size, lining, ink=0)


def paint_horns(pen, kind, side) -> None:
    bone, h = (226, 208, 172), kind.face_height

    def at(*points):
        return np.asarray(points, dtype=float) * (side, 1)

    if kind.horns == "antlers":
        pen.line(at((0.25, -0.8 * h), (0.42, -h - 0.35), (0.75, -h - 0.6), (0.72, -h - 0.95)), (150, 110, 70), 0.12)
        pen.line(at((0.42, -h - 0.35), (0.3, -h - 0.75)), (150, 110, 70), 0.1)
        pen.line(at((0.75, -h - 0.6), (1.05, -h - 0.7)), (150, 110, 70), 0.1)
    elif kind.horns == "short":
        pen.fill(curve(at((0.5, -0.8 * h), (0.95, -h - 0.05), (1.02, -h - 0.42), (0.78, -h - 0.16)), 4), bone)
    elif kind.horns == "straight":
        pen.fill(
            curve(at((0.16, -0.85 * h), (0.46, -0.85 * h), (0.56, -h - 0.5), (0.72, -h - 0.78), (0.4, -h - 0.55)), 4),
            bone,
        )
    elif kind.horns == "curled":
        pen.oval(side * 0.95, -0.45 * h, 0.4, 0.42, bone)
        pen.oval(side * 0.98, -0.4 * h, 0.2, 0.22, shade(bone, 0.75))


def paint_eyes(pen, animal, kind, shining: bool) -> None:
    r, shift = animal.eye_size, 0.1 * animal.turn
    iris = (255, 246, 170) if shining else EYE_COLOURS[animal.eye_colour]
    for side in (-1, 1):
        x, y = side * kind.eye_gap * animal.face_width + shift, kind.eye_height
        if kind.eye_disc:
            pen.oval(x, y, r * 1.75, r * 1.75, kind.eye_disc, ink=0.02)
        pen.oval(x, y, r, r * 0.95, iris, ink=0.045)
        if kind.pupil == "slit" and animal.pupil < 0.7:
            pen.oval(x + shift * 0.3, y, r * animal.pupil * 0.55, r * 0.85, INK, ink=0)
        elif kind.pupil == "bar":
            pen.oval(x + shift * 0.3, y, r * 0.75, r * 0.3, INK, ink=0)
        else:
            pen.oval(x + shift * 0.3, y, r * (0.35 + 0.4 * animal.pupil), r * (0.35 + 0.4 * animal.pupil), INK, ink=0)
        pen.oval(x + r * 0.3, y - r * 0.35, r * 0.24, r * 0.24, (255, 255, 255), ink=0)


def paint_mouth(pen, x, y, width, animal, kind) -> None:
    """The mouth under the nose: a line down, two smiling arcs, and the tongue of an open mouth."""
    if animal.mouth == "open":
        tongue = curve([(x - 0.12, y + 0.13), (x + 0.12, y + 0.13), (x + 0.1, y + 0.4), (x - 0.1, y + 0.4)], 4)
        pen.fill(tongue, (226, 110, 120), ink=0.025)
    arc = np.array([(0, 0), (0, 0.12), (0.3, 0.2), (0.62, 0.16), (0.8, 0.06)])
    for side in (-1, 1):
        pen.line(arc * (side * width, 1) + np.array((x, y)), width=0.04)
    if kind.teeth:
        for side in (-1, 1):
            pen.fill(
                [(x, y + 0.12), (x + side * 0.11, y + 0.14), (x + side * 0.1, y + 0.34), (x, y + 0.34)],
                (250, 248, 238),
                0.02,
            )


def paint_muzzle(pen, animal, kind, pale) -> tuple[float, float]:
    """The muzzle with nose and mouth; returns where whiskers grow. A long one swings aside as the head turns."""
    length, w = animal.muzzle, kind.muzzle_width
    x, y = animal.turn * (0.08 + 0.4 * length), kind.eye_height + 0.3 + 0.36 * length
    if kind.nose == "beak":
        pen.fill([(x - 0.17, y - 0.32), (x + 0.17, y - 0.32), (x, y + 0.18)], (236, 176, 62))
        return x, y
    if kind.nose == "trunk":
        bend = animal.turn * 0.5
        trunk = [
            (-0.34, -0.1),
            (0.34, -0.1),
            (0.24 + bend * 0.3, 0.9),
            (0.2 + bend, 1.75),
            (bend - 0.12, 1.8),
            (bend * 0.3 - 0.2, 0.9),
        ]
        pen.fill(curve(trunk, 5), pale)
        for row in (0.5, 0.8, 1.1):
            pen.line([(bend * 0.35 * row - 0.16, row), (bend * 0.35 * row + 0.16, row)], shade(pale, 0.7), 0.03)
        return x, y
    if kind.nose in ("snout", "broad"):
        down = 0.27 if kind.nose == "snout" else 0.34
        pen.fill(
            curve([(x * 0.3 - w * 0.7, 0), (x * 0.3 + w * 0.7, 0), (x + w, y), (x, y + down), (x - w, y)], 5), pale, 0
        )
        pen.oval(x, y, w, down, mix(pale, (232, 150, 150), 0.55))
        for side in (-1, 1):
            pen.oval(x + side * w * 0.42, y - 0.03, 0.075, 0.11, shade(pale, 0.42), ink=0)
        if kind.nose == "broad":
            pen.line([(x - w * 0.5, y + 0.2), (x, y + 0.25), (x + w * 0.5, y + 0.2)])
        return x, y
    if length > 0.3:
        bridge = [(x * 0.25 - w * 0.38, kind.eye_height - 0.1), (x * 0.25 + w * 0.38, kind.eye_height - 0.1)]
        bulb = [(x + w, y + 0.02), (x + w * 0.7, y + 0.34), (x, y + 0.42), (x - w * 0.7, y + 0.34), (x - w, y + 0.02)]
        pen.fill(curve(bridge + bulb, 4), pale, ink=0.03, edge=shade(pale, 0.8))
    else:
        pen.oval(x, y + 0.28, w * 0.55, 0.17, shade(pale, 0.94), ink=0.02)
        for side in (-1, 1):
            pen.oval(x + side * w * 0.5, y + 0.12, w * 0.58, 0.22, pale, ink=0.02)
    paint_mouth(pen, x, y + 0.04, w, animal, kind)
    paint_nose(pen, x, y, animal, kind)
    return x, y


def paint_nose(pen, x, y, animal, kind) -> None:
    colour, r = NOSES[animal.nose_colour], animal.nose_size
    if kind.nose == "button":
        pen.fill([(x - 0.15 * r, y - 0.1 * r), (x + 0.15 * r, y - 0.1 * r), (x, y + 0.1 * r)], colour, ink=0.03)
    elif kind.nose == "leather":
        pen.oval(x, y - 0.02, 0.19 * r, 0.14 * r, colour, ink=0.03)
    elif kind.nose == "tall":
        pen.oval(x, y - 0.14, 0.2 * r, 0.34 * r, colour, ink=0.03)
    elif kind.nose == "point":
        pen.oval(x, y, 0.1 * r, 0.085 * r, colour, ink=0.02)
    elif kind.nose == "holes":
        for side in (-1, 1):
            pen.oval(x + side * 0.07, y - 0.06, 0.04, 0.055, INK, ink=0)


def paint_whiskers(pen, x, y, random) -> None:
    spread = random.uniform(-0.05, 0.05, 6)
    for side in (-1, 1):
        for row in range(3):
            end = (x + side * 1.05, y + 0.02 + 0.17 * (row - 0.6) + spread[row])
            pen.line([(x + side * 0.22, y + 0.1 + 0.05 * (row - 1)), end], (250, 248, 240), 0.025)


def paint_mane(pen, animal, kind, coat, outline) -> None:
    if kind.mane == "ring":
        rough = np.where(np.arange(len(outline)) % 2, 1.52, 1.34)[:, None]
        pen.fill(outline * rough, shade(coat, 0.62))
    elif kind.mane == "crest":
        crest = [(-0.3, -0.8), (-0.22, -1.25), (-0.08, -1.0), (0.0, -1.4), (0.1, -1.0), (0.24, -1.25), (0.3, -0.8)]
        pen.fill(crest, shade(coat, 0.5))
    elif kind.mane == "wool":
        for point in outline[::3]:
            pen.oval(*(point * 1.08), 0.3, 0.3, mix(coat, (255, 255, 255), 0.35))


def paint_extras(pen, animal, kind, coat, pale) -> None:
    """What only a few species have: a mask, a face patch, a forelock, a woolly cap."""
    w, h = animal.face_width, kind.face_height
    shift = animal.turn * 0.1
    if kind.mask == "bandit":
        for side in (-1, 1):
            pen.oval(side * 0.48 * w + shift, kind.eye_height + 0.04, 0.42, 0.26, (52, 46, 50), ink=0, turn=side * 0.45)
    elif kind.mask == "heart":
        for side in (-1, 1):
            pen.oval(side * 0.34 * w + shift, kind.eye_height, 0.42 * w, 0.42, pale, ink=0)
        pen.oval(shift, 0.42, 0.62 * w, 0.44, pale, ink=0)
    if kind.mane == "forelock":
        lock = [(-0.3, -h * 1.06), (0.3, -h * 1.06), (0.24, -h * 0.5), (0.02, -h * 0.25), (-0.12, -h * 0.6)]
        pen.fill(curve(lock, 4), shade(coat, 0.5))
    elif kind.mane == "wool":
        for x in (-0.4, 0, 0.4):
            pen.oval(x * w, -h * 0.86, 0.34, 0.3, mix(coat, (255, 255, 255), 0.35))


def paint_head(pen, animal, kind, random, shining=False) -> None:
    coat = shade(COATS[animal.coat], animal.coat_tone)
    pale, dark = (
        mix(coat, (255, 250, 240), 0.5),
        shade(coat, 0.5) if sum(coat) > 260 else mix(coat, (255, 255, 255), 0.45),
    )
    lining = mix(coat, (232, 158, 152), 0.65)
    outline = head_outline(animal, kind)
    hanging = animal.ears == "floppy"
    paint_mane(pen, animal, kind, coat, outline)
    for side in (-1, 1):
        paint_horns(pen, kind, side)
        if not hanging:
            paint_ear(pen, side, animal.ears, animal.ear_size, animal, kind, coat, lining)
    if kind.beard:
        pen.fill(
            curve([(-0.28, 0.7), (0.28, 0.7), (0.1, 1.35), (0, 1.5), (-0.1, 1.35)], 3), mix(coat, (255, 255, 255), 0.4)
        )
    pen.fill(outline, coat)
    paint_pattern(pen, outline, animal.pattern, dark, random)
    paint_extras(pen, animal, kind, coat, pale)
    if hanging:
        for side in (-1, 1):
            paint_ear(pen, side, "floppy", animal.ear_size, animal, kind, coat, lining)
    x, y = paint_muzzle(pen, animal, kind, pale)
    paint_eyes(pen, animal, kind, shining)
    if animal.whiskers:
        paint_whiskers(pen, x, y, random)


def paint_garment(pen, animal, kind, random) -> None:
    """What an animal wears. It hides a part of it: a hat the brow, glasses the eyes, a scarf the chin."""
    w, h = animal.face_width, kind.face_height
    colour = tuple(random.integers(40, 240, 3).tolist())
    if animal.garment == "scarf":
        pen.oval(0, h * 1.02, 0.85 * w, 0.2, colour)
        pen.fill([(0.2, h), (0.55, h), (0.6, h + 0.7), (0.25, h + 0.7)], shade(colour, 0.85))
    elif animal.garment == "hat":
        pen.fill([(-0.5 * w, -h * 0.7), (0.5 * w, -h * 0.7), (0.42 * w, -h - 0.45), (-0.42 * w, -h - 0.45)], colour)
        pen.oval(0, -h * 0.7, 0.85 * w, 0.13, shade(colour, 0.85))
    elif animal.garment == "glasses":
        for side in (-1, 1):
            pen.oval(side * kind.eye_gap * w, kind.eye_height, 0.32, 0.27, (52, 54, 66))
        pen.line([(-kind.eye_gap * w, kind.eye_height - 0.1), (kind.eye_gap * w, kind.eye_height - 0.1)], width=0.06)
