"""How a picture is taken: light, blur and noise, and the styles, which serve as domains."""

from functools import lru_cache

import numpy as np
from PIL import Image, ImageFilter

STYLES = ("daylight", "night", "sketch", "fog")


@lru_cache
def grid(size: int) -> tuple[np.ndarray, np.ndarray]:
    """Coordinates -1 to 1 of each pixel: x as (1, size), y as (size, 1)."""
    axis = np.linspace(-1, 1, size, dtype="float32")
    return axis[None, :], axis[:, None]


def illuminate(pixels: np.ndarray, light: float, light_from: float) -> np.ndarray:
    """Brighten (or darken) a picture, more so on the side that the light comes from (-1 left, 1 right)."""
    x, y = grid(len(pixels))
    return pixels * (light * (1 + 0.22 * light_from * x - 0.1 * y))[..., None]


def luminance(pixels: np.ndarray) -> np.ndarray:
    return pixels @ np.array((0.299, 0.587, 0.114), dtype="float32")


def as_night(pixels: np.ndarray, random) -> np.ndarray:
    """Almost no colour, a blue tone, and a torch somewhere near the middle."""
    x, y = grid(len(pixels))
    torch = np.exp(-((x - random.uniform(-0.3, 0.3)) ** 2 + (y - random.uniform(-0.3, 0.3)) ** 2) / 0.9)
    grey = luminance(pixels)[..., None]
    cold = (0.65 * grey + 0.35 * pixels) * np.array((0.52, 0.66, 1.0), dtype="float32")
    return cold * (0.25 + 0.9 * torch[..., None]) + random.standard_normal(pixels.shape, dtype="float32") * 5


def as_sketch(pixels: np.ndarray, random) -> np.ndarray:
    """Pencil on paper: lines where the brightness jumps, hatching where it is dark."""
    n = len(pixels)
    grey = luminance(pixels)
    edge = np.zeros_like(grey)
    edge[:, 1:] += np.abs(np.diff(grey, axis=1))
    edge[1:] += np.abs(np.diff(grey, axis=0))
    x, y = grid(n)
    hatch = (
        0.5
        + 0.5 * np.sin((x + y) * n * 0.6 + random.uniform(0, 6))
        + random.uniform(-0.12, 0.12, grey.shape).astype("float32")
    )
    dark = np.clip((175 - grey) / 130, 0, 1) * 95 * hatch
    paper = np.array((247, 242, 230), dtype="float32")
    return paper - np.clip(edge * 2.6 + dark, 0, 200)[..., None] * np.array((0.96, 0.97, 1.0), dtype="float32")


def as_fog(pixels: np.ndarray, random) -> np.ndarray:
    """Drifting fog: pale, soft, thicker towards the top."""
    x, y = grid(len(pixels))
    phase = random.uniform(0, 6, 2)
    drift = 0.08 * np.sin(2.5 * x + phase[0]) * np.cos(3.5 * y + phase[1])
    thick = np.clip(0.55 + drift - 0.1 * y, 0.3, 0.8)[..., None]
    return pixels * (1 - thick) + np.array((206, 212, 218), dtype="float32") * thick


STYLE_OF = {"night": as_night, "sketch": as_sketch, "fog": as_fog}


def develop(image: Image.Image, animal, style: str, size: int, random) -> np.ndarray:
    """From the large canvas to the picture (size, size, 3), uint8: light, style, blur and noise."""
    if style == "sketch":
        drawn = as_sketch(np.asarray(image, dtype="float32"), random)
        image = Image.fromarray(drawn.clip(0, 255).astype("uint8"))
    blur = animal.blur + (0.9 if style == "fog" else 0)
    image = image.resize((size, size), Image.Resampling.BOX)
    if blur > 0.2:
        image = image.filter(ImageFilter.GaussianBlur(blur * size / 96))
    pixels = np.asarray(image, dtype="float32")
    if style != "sketch":
        pixels = illuminate(pixels, animal.light, animal.light_from)
    if style in ("night", "fog"):
        pixels = STYLE_OF[style](pixels.clip(0, 255), random)
    pixels = pixels + random.standard_normal(pixels.shape, dtype="float32") * animal.noise
    return pixels.clip(0, 255).astype("uint8")
