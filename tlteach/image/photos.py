"""Photo files: reading every usual kind as RGB pixels, and finding out which files cannot be read."""

import hashlib
import warnings
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from tlteach.core.errors import DataError
from tlteach.core.folders import Files
from tlteach.core.reading import blame_the_machine, gone_since, in_threads, nothing_in
from tlteach.image.copies import look

SUFFIXES = frozenset({".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".gif", ".bmp", ".webp"})
FILES = Files(SUFFIXES, "JPEG, PNG, GIF, BMP and WebP", "picture", "photos", "images")
FORMATS = ("JPEG", "PNG", "GIF", "BMP", "WEBP")
MAX_PIXELS = 100_000_000
CHECK_SIZE = 1024  # large JPEGs are checked at a reduced scale, but never below this many pixels a side

# Pillow warns of a damaged EXIF block or a huge header at each reading. What matters of it is listed in
# Task.left_out. The filter is set once, here: warnings.catch_warnings is not safe in worker threads.
warnings.filterwarnings("ignore", module=r"PIL\.")


def read_photo(path: Path, at_least: int | None = None) -> Image.Image:
    """Read a photo file as an upright RGB picture; transparent parts become white.

    `at_least`: a JPEG may be decoded at 1/2, 1/4 or 1/8 of its size, which is quicker, as long as both of its
    sides keep this many pixels. Raises what Pillow raises for a file that it cannot decode, and DataError
    for a picture of more than MAX_PIXELS, which is refused from its header.
    """
    if not path.is_file():
        raise DataError("not a plain file")  # a pipe, opened, would wait for ever
    with Image.open(path, formats=FORMATS) as image:
        width, height = image.size
        if width * height > MAX_PIXELS:
            raise DataError(f"{width} x {height} pixels are more than the {MAX_PIXELS:,} that are read")
        if at_least:
            image.draft(None, (at_least, at_least))
        image.load()
        _turn_upright(image)
        return to_rgb(image)


def _turn_upright(image: Image.Image) -> None:
    with suppress(Exception):  # a damaged EXIF block can fail in any way, and says nothing about the pixels
        ImageOps.exif_transpose(image, in_place=True)


def to_rgb(image: Image.Image) -> Image.Image:
    """Turn any Pillow picture into an RGB one: 16-bit grey is scaled to 8 bits, alpha is laid on white."""
    if image.mode.startswith("I"):
        grey = np.asarray(image).astype("uint32") // 257
        image = Image.fromarray(np.minimum(grey, 255).astype("uint8"))
    if image.has_transparency_data:
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image.convert("RGBA"))
    return image.convert("RGB")


def resize(image: Image.Image, image_size: int) -> np.ndarray:
    """Squash a picture to (image_size, image_size, 3) uint8, bilinear with antialiasing."""
    if image.size != (image_size, image_size):
        image = image.resize((image_size, image_size), Image.Resampling.BILINEAR)
    return np.asarray(image)


def read_pixels(path: Path, image_size: int) -> np.ndarray:
    """Read a photo file as (image_size, image_size, 3) uint8. Raises DataError that names the file."""
    try:
        return resize(read_photo(path, at_least=image_size), image_size)
    except Exception as error:
        raise gone_since(path, error, _reason(path, error)) from error


def fingerprint(pixels: np.ndarray) -> str:
    """Return a hash of (height, width, 3) uint8 pixels: equal pictures, and only they, share it."""
    digest = hashlib.blake2b(repr(pixels.shape).encode(), digest_size=16)
    digest.update(np.ascontiguousarray(pixels))
    return digest.hexdigest()


def check_photo(path: Path) -> tuple[str, str, bytes]:
    """Decode a photo file and return (fingerprint, "", look), or ("", the reason why it cannot be read, b"").

    Raises DataError where it is not the file that is to blame, but this machine that has too little left for it.

    A JPEG of more than 2 * CHECK_SIZE pixels a side is decoded at a reduced scale: its fingerprint is that of the
    reduced picture, which its copies share, but not a copy that was saved again as another kind of file.
    """
    try:
        photo = read_photo(path, at_least=CHECK_SIZE)
        return fingerprint(np.asarray(photo)), "", look(photo)
    except Exception as error:  # broken files fail in many ways: OSError, SyntaxError, struct.error, ...
        blame_the_machine(path, error, _reason(path, error))
        return "", _reason(path, error), b""


def check_photos(paths: Sequence[Path]) -> list[tuple[str, str, bytes]]:
    """Run check_photo over many files in parallel threads, with a progress bar when there are many."""
    return in_threads(check_photo, paths, "checking photos", "photo")


def _reason(path: Path, error: Exception) -> str:
    if why := nothing_in(path):
        return why
    if isinstance(error, UnidentifiedImageError):
        return "its content is not a JPEG, PNG, GIF, BMP or WebP picture"
    if isinstance(error, Image.DecompressionBombError):
        return f"its header announces more than the {MAX_PIXELS:,} pixels that are read"
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
