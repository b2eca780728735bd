"""What stands behind and before an animal of the menagerie."""

import numpy as np
from PIL import ImageDraw

BACKGROUNDS = ("meadow", "forest", "beach", "snow", "room", "city")
OCCLUDERS = ("none", "grass", "leaf", "fence", "ball")


def paint_background(canvas: ImageDraw.ImageDraw, size: int, background: str, random) -> None:
    """Fill a canvas of `size` pixels with a place and some clutter."""
    sky, ground = PLACES[background]
    tone = random.uniform(-22, 22, 3)
    sky, ground = [tuple(np.clip(colour + tone, 0, 255).astype(int)) for colour in (sky, ground)]
    horizon = size * random.uniform(0.45, 0.75)
    canvas.rectangle((0, 0, size, size), fill=sky)
    canvas.rectangle((0, horizon, size, size), fill=ground)
    CLUTTER[background](canvas, size, horizon, random)
    for _ in range(random.integers(3, 9)):
        paint_thing(canvas, *(random.uniform(0, 1, 2) * size), random.uniform(0.02, 0.075) * size, random)


def paint_thing(canvas, x, y, r, random) -> None:
    """One small thing: a pebble, a butterfly, a twig or a berry. From afar each looks like a part of an animal."""
    thing, tone = random.integers(4), tuple(random.integers(30, 250, 3).tolist())
    if thing == 0:
        dark = random.uniform(0.2, 0.5)
        canvas.ellipse((x - r, y - r * 0.7, x + r, y + r * 0.7), fill=tuple(int(dark * 150) for _ in range(3)))
    elif thing == 1:
        for side in (-1, 1):
            wing = [(x, y), (x + side * r * 1.3, y - r * 1.5), (x + side * r * 1.5, y + r * 0.6)]
            canvas.polygon(wing, fill=tone, outline=(50, 40, 40))
    elif thing == 2:
        for angle in random.uniform(0, 6.3, 3):
            canvas.line((x, y, x + 2.5 * r * np.cos(angle), y + 2.5 * r * np.sin(angle)), fill=tone, width=2)
    else:
        canvas.ellipse((x - r, y - r, x + r, y + r), fill=tone, outline=(50, 40, 40), width=2)
        canvas.ellipse((x - r * 0.4, y - r * 0.4, x + r * 0.4, y + r * 0.4), fill=(46, 38, 40))


def paint_meadow(canvas, size, horizon, random) -> None:
    for x, radius in random.uniform((0, 0.2), (1, 0.5), (3, 2)) * size:
        canvas.ellipse((x - radius, horizon - radius * 0.4, x + radius, horizon + radius), fill=(104, 168, 84))
    for x, y, hue in random.uniform((0, horizon / size, 0), (1, 1, 1), (12, 3)):
        petal = (250, 220, 90) if hue < 0.4 else (240, 150, 170) if hue < 0.7 else (250, 250, 250)
        x, y, r = x * size, y * size, size * 0.012 * (1 + hue)
        canvas.ellipse((x - r, y - r, x + r, y + r), fill=petal)


def paint_forest(canvas, size, horizon, random) -> None:
    for x, width, tone in random.uniform((0, 0.02, 0.6), (1, 0.07, 1.1), (6, 3)):
        x, width = x * size, width * size
        canvas.rectangle(
            (x - width, 0, x + width, horizon + width), fill=(int(96 * tone), int(70 * tone), int(52 * tone))
        )
    for x, y, r in random.uniform((0, 0, 0.08), (1, 0.25, 0.16), (7, 3)) * size:
        canvas.ellipse((x - r, y - r, x + r, y + r), fill=(64, int(110 + 30 * r / size), 62))


def paint_beach(canvas, size, horizon, random) -> None:
    x, y = random.uniform(0.1, 0.9) * size, random.uniform(0.08, 0.3) * size
    canvas.ellipse((x - size * 0.08, y - size * 0.08, x + size * 0.08, y + size * 0.08), fill=(255, 236, 150))
    canvas.rectangle((0, horizon - size * 0.14, size, horizon), fill=(84, 160, 196))
    for x, y, r in random.uniform((0, horizon / size, 0.01), (1, 1, 0.05), (8, 3)) * size:
        canvas.ellipse((x - r, y - r * 0.7, x + r, y + r * 0.7), fill=(206, 178, 136))


def paint_snow(canvas, size, horizon, random) -> None:
    for x, height in random.uniform((0, 0.2), (1, 0.5), (4, 2)) * size:
        canvas.polygon(
            [(x - height * 0.4, horizon), (x + height * 0.4, horizon), (x, horizon - height)], fill=(92, 130, 122)
        )
    for x, y, r in random.uniform((0, 0, 0.006), (1, 1, 0.016), (20, 3)) * size:
        canvas.ellipse((x - r, y - r, x + r, y + r), fill=(255, 255, 255))


def paint_room(canvas, size, horizon, random) -> None:
    paper = tuple(random.integers(150, 235, 3).tolist())
    step = max(6, int(size * random.uniform(0.06, 0.14)))
    for x in range(0, size, 2 * step):
        canvas.rectangle((x, 0, x + step, horizon), fill=paper)
    for x, y, r in random.uniform((0, 0.05, 0.06), (1, 0.3, 0.14), (2, 3)) * size:
        canvas.rectangle(
            (x - r, y - r, x + r, y + r),
            fill=tuple(random.integers(60, 240, 3).tolist()),
            outline=(96, 70, 50),
            width=3,
        )


def paint_city(canvas, size, horizon, random) -> None:
    for x, width, height in random.uniform((0, 0.06, 0.2), (1, 0.14, 0.6), (7, 3)) * size:
        wall = tuple(random.integers(90, 200, 3).tolist())
        canvas.rectangle((x - width, horizon - height, x + width, horizon), fill=wall)
        for y in np.arange(horizon - height + 6, horizon - 8, 14):
            canvas.rectangle((x - width * 0.5, y, x + width * 0.5, y + 5), fill=(250, 226, 140))


PLACES = {
    "meadow": (np.array((160, 208, 236)), np.array((122, 184, 96))),
    "forest": (np.array((176, 200, 160)), np.array((98, 116, 72))),
    "beach": (np.array((172, 216, 238)), np.array((232, 210, 164))),
    "snow": (np.array((188, 206, 226)), np.array((236, 240, 246))),
    "room": (np.array((214, 196, 176)), np.array((168, 128, 98))),
    "city": (np.array((196, 206, 216)), np.array((140, 140, 146))),
}
CLUTTER = {
    "meadow": paint_meadow,
    "forest": paint_forest,
    "beach": paint_beach,
    "snow": paint_snow,
    "room": paint_room,
    "city": paint_city,
}


def paint_occluder(canvas: ImageDraw.ImageDraw, size: int, occluder: str, random) -> None:
    """Put something before the animal that hides a part of it."""
    x, y = random.uniform(0.1, 0.9, 2) * size
    if occluder == "grass":
        for x, height, bend in random.uniform((0, 0.12, -0.06), (1, 0.34, 0.06), (14, 3)) * size:
            canvas.polygon([(x - 4, size), (x + 4, size), (x + bend, size - height)], fill=(74, 146, 70))
    elif occluder == "leaf":
        r = size * random.uniform(0.1, 0.17)
        canvas.ellipse((x - r, y - r * 1.4, x + r, y + r * 1.4), fill=(70, 138, 66))
        canvas.line((x, y - r * 1.3, x, y + r * 1.3), fill=(48, 104, 50), width=3)
    elif occluder == "fence":
        for post in np.arange(x % (size * 0.3), size, size * 0.3):
            canvas.rectangle((post - 4, size * 0.55, post + 4, size), fill=(150, 110, 76))
        canvas.rectangle((0, size * 0.72, size, size * 0.72 + 8), fill=(168, 126, 88))
    elif occluder == "ball":
        r = size * random.uniform(0.09, 0.16)
        canvas.ellipse(
            (x - r, size - 2 * r, x + r, size),
            fill=tuple(random.integers(70, 250, 3).tolist()),
            outline=(60, 50, 50),
            width=3,
        )
