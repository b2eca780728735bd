"""Photo files: every usual kind is read as it looks, every broken one is refused with its reason."""

import errno
import io
import struct
import subprocess
import sys
import zlib

import numpy as np
import pytest
from PIL import Image

from tlteach.core.errors import DataError
from tlteach.image import photos
from tlteach.image.photos import MAX_PIXELS, check_photo, check_photos, fingerprint, read_photo, read_pixels

HEIGHT, WIDTH = 40, 60
# pytest brings its own warning filters into each test; that ours are silent is tested in a process of its own.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::RuntimeWarning")


@pytest.fixture(scope="module")
def scene() -> np.ndarray:
    """A smooth (40, 60, 3) picture with four different corners, so that lossy kinds stay close to it."""
    down, across = np.mgrid[0:HEIGHT, 0:WIDTH]
    return np.stack([down * 6, across * 4, 200 - down * 2 - across], axis=-1).astype("uint8")


def grey(scene: np.ndarray) -> np.ndarray:
    return np.asarray(Image.fromarray(scene).convert("L"))


def saved(image: Image.Image, path, **options):
    image.save(path, **options)
    return path


@pytest.mark.parametrize(
    ("suffix", "mode", "tolerance"),
    [
        (".jpg", "RGB", 6),
        (".JPEG", "RGB", 6),
        (".jpg", "L", 6),
        (".jpg", "CMYK", 8),
        (".png", "RGB", 0),
        (".png", "L", 0),
        (".png", "P", 40),
        (".png", "RGBA", 0),
        (".png", "LA", 0),
        (".bmp", "RGB", 0),
        (".bmp", "L", 0),
        (".gif", "P", 40),
        (".gif", "L", 0),
        (".webp", "RGB", 12),
    ],
)
def test_each_kind_looks_as_it_did(tmp_path, scene, suffix, mode, tolerance):
    path = saved(Image.fromarray(scene).convert(mode), tmp_path / f"Bäume 木{suffix}")
    wanted = np.repeat(grey(scene)[..., None], 3, axis=-1) if mode in ("L", "LA") else scene
    found = np.asarray(read_photo(path)).astype(int)
    assert found.shape == (HEIGHT, WIDTH, 3)
    assert np.abs(found - wanted).mean() <= tolerance


def test_bilevel_pictures_are_read(tmp_path, scene):
    path = saved(Image.fromarray(scene).convert("1"), tmp_path / "ink.png")
    assert set(np.unique(np.asarray(read_photo(path)))) == {0, 255}


def test_sixteen_bit_grey_is_scaled_not_clipped(tmp_path):
    values = np.linspace(0, 65535, 256).astype("uint16").reshape(16, 16)
    path = saved(Image.fromarray(values), tmp_path / "x-ray.png")
    assert np.array_equal(np.asarray(read_photo(path))[..., 0], values // 257)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_transparent_parts_become_white(tmp_path, mode):
    image = Image.new("RGBA", (20, 10), (0, 0, 0, 255))
    image.paste((0, 0, 0, 0), (0, 0, 10, 10))
    path = saved(image.convert(mode), tmp_path / "logo.png")
    found = np.asarray(read_photo(path))
    assert (found[:, :10] == 255).all()
    assert (found[:, 10:] == 0).all()


@pytest.mark.parametrize("suffix", [".gif", ".webp", ".png"])
def test_the_first_frame_of_an_animation_is_read(tmp_path, suffix):
    frames = [Image.new("RGB", (16, 16), colour) for colour in ("black", "white")]
    options = {"lossless": True} if suffix == ".webp" else {}
    path = saved(frames[0], tmp_path / f"wave{suffix}", save_all=True, append_images=frames[1:], **options)
    assert np.asarray(read_photo(path)).max() == 0


# How a camera held in each of the eight ways stores the upright picture (EXIF orientation 1 to 8).
STORED = {
    1: lambda x: x,
    2: lambda x: x[:, ::-1],
    3: lambda x: x[::-1, ::-1],
    4: lambda x: x[::-1],
    5: lambda x: x.transpose(1, 0, 2),
    6: lambda x: np.rot90(x, 1),
    7: lambda x: x[::-1, ::-1].transpose(1, 0, 2),
    8: lambda x: np.rot90(x, -1),
}


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp"])
@pytest.mark.parametrize("orientation", STORED)
def test_exif_rotation_is_undone(tmp_path, scene, orientation, suffix):
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = Image.fromarray(np.ascontiguousarray(STORED[orientation](scene)))
    path = saved(stored, tmp_path / f"phone{suffix}", exif=exif, quality=95)
    found = np.asarray(read_photo(path)).astype(int)
    assert found.shape == scene.shape
    assert np.abs(found - scene).mean() < 6


DAMAGED_EXIF = b"Exif\0\0II*\0\x08\0\0\0\xff\xff broken"


def test_damaged_exif_does_not_lose_the_photo(tmp_path, scene):
    path = saved(Image.fromarray(scene), tmp_path / "odd.jpg", exif=DAMAGED_EXIF)
    assert read_photo(path).size == (WIDTH, HEIGHT)


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (300, 1), (7, 5)])
def test_any_size_is_resized(tmp_path, size):
    path = saved(Image.new("RGB", size, (10, 200, 30)), tmp_path / "small.png")
    found = read_pixels(path, 24)
    assert found.shape == (24, 24, 3)
    assert found.dtype == np.uint8
    assert (found == (10, 200, 30)).all()


def test_large_jpegs_are_decoded_small_but_never_below_the_wanted_size(tmp_path):
    path = saved(Image.new("RGB", (2000, 1000)), tmp_path / "large.jpg")
    assert read_photo(path).size == (2000, 1000)
    assert read_photo(path, at_least=250).size == (500, 250)
    assert read_photo(path, at_least=251).size == (1000, 500)
    assert read_photo(path, at_least=1001).size == (2000, 1000)


def test_quick_decoding_changes_little(real):
    path = next(iter(sorted((real / "cats_and_dogs" / "train" / "cats").iterdir())))
    quick = read_pixels(path, 32).astype(int)
    slow = np.asarray(read_photo(path).resize((32, 32), Image.Resampling.BILINEAR)).astype(int)
    assert np.abs(quick - slow).mean() < 4


def photo_bytes(kind: str, size: tuple[int, int] = (300, 200), **options) -> bytes:
    buffer = io.BytesIO()
    pixels = np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3), dtype="uint8")
    Image.fromarray(pixels).save(buffer, kind, **options)
    return buffer.getvalue()


def png_header(width: int, height: int) -> bytes:
    chunk = b"IHDR" + struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))


def bomb(kind: str, side: int = 30_000) -> bytes:
    """A file of `kind` whose header announces side x side pixels."""
    content = bytearray(photo_bytes(kind, (16, 16), lossless=True))
    if kind == "PNG":
        return png_header(side, side) + content[33:]
    if kind == "BMP":
        content[18:26] = struct.pack("<ii", side, side)
    elif kind == "GIF":
        content[6:10] = struct.pack("<HH", side, side)
    elif kind == "JPEG":
        start = content.index(b"\xff\xc0") + 5
        content[start : start + 4] = struct.pack(">HH", side, side)
    else:  # a lossless WebP has 14 bits for each side less one, so 16,384 is the most
        side = min(side, 16_384) - 1
        content[21:25] = struct.pack("<I", side | side << 14)
    return bytes(content)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "BMP", "WEBP"])
@pytest.mark.parametrize("side", [30_000, 12_000])
def test_bombs_are_refused_from_their_header(tmp_path, kind, side):
    path = tmp_path / "bomb.jpg"
    path.write_bytes(bomb(kind, side))
    found, reason, _ = check_photo(path)
    assert found == ""
    assert f"{MAX_PIXELS:,}" in reason


QUIET = """
import sys
from pathlib import Path
from tlteach.image.photos import check_photos
print([bool(reason) for _, reason, _ in check_photos(sorted(Path(sys.argv[1]).iterdir()))])
"""


@pytest.mark.parametrize("options", [[], ["-W", "error"]])
def test_odd_files_make_no_warnings(tmp_path, scene, options):
    (tmp_path / "1 bomb.png").write_bytes(bomb("PNG"))
    (tmp_path / "2 large.png").write_bytes(bomb("PNG", 12_000))  # Pillow itself only warns of these
    saved(Image.fromarray(scene), tmp_path / "3 exif.jpg", exif=DAMAGED_EXIF)
    command = [sys.executable, *options, "-c", QUIET, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert (done.stdout.strip(), done.stderr) == ("[True, True, False]", "")


BROKEN = {
    "zero bytes": (b"", "empty file"),
    "a text file": (b"no photo at all\n" * 50, "not a JPEG"),
    "a web page": (b"<!DOCTYPE html><html>404</html>", "not a JPEG"),
    "only a header": (photo_bytes("JPEG")[:20], ""),
    **{f"truncated {kind}": (photo_bytes(kind)[:-2000], "") for kind in ("JPEG", "PNG", "BMP", "WEBP", "GIF")},
    "half a JPEG": (photo_bytes("JPEG")[:8000], "truncated"),
    "a damaged PNG": (photo_bytes("PNG")[:500] + b"x" * 500 + photo_bytes("PNG")[1000:], ""),
    "a TIFF": (b"II*\0" + b"\0" * 200, "not a JPEG"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_files_are_refused_with_a_reason(tmp_path, name):
    content, words = BROKEN[name]
    path = tmp_path / "photo.jpg"
    path.write_bytes(content)
    found, reason, _ = check_photo(path)
    assert found == ""
    assert reason
    assert words in reason
    assert str(tmp_path) not in reason  # the path stands beside the reason already
    with pytest.raises(DataError, match=r"photo\.jpg"):
        read_pixels(path, 32)


def test_missing_files_and_folders_are_refused(tmp_path):
    assert check_photo(tmp_path / "none.jpg") == ("", "the file does not exist", b"")
    assert check_photo(tmp_path) == ("", "not a plain file", b"")


def test_check_photos_keeps_the_order(tmp_path):
    paths = [tmp_path / f"{number}.png" for number in range(40)]
    for number, path in enumerate(paths):
        Image.new("RGB", (4, 4), (number, 0, 0)).save(path)
    paths[7].write_bytes(b"")
    found = check_photos(paths)
    assert found == [check_photo(path) for path in paths]
    assert [bool(reason) for _, reason, _ in found] == [number == 7 for number in range(40)]


def test_fingerprints_tell_pixels_and_shapes_apart(tmp_path, scene):
    assert fingerprint(scene) == fingerprint(scene.copy())
    assert fingerprint(scene) != fingerprint(scene[:, ::-1])
    assert fingerprint(scene.reshape(60, 40, 3)) != fingerprint(scene)
    png, bmp = (saved(Image.fromarray(scene), tmp_path / f"same{suffix}") for suffix in (".png", ".bmp"))
    assert check_photo(png) == check_photo(bmp)
    assert check_photo(png)[:2] == (fingerprint(scene), "")


@pytest.mark.parametrize("failed", [MemoryError(), OSError(errno.EMFILE, "Too many open files")])
def test_a_photo_is_not_left_out_for_want_of_memory_or_of_open_files(tmp_path, scene, monkeypatch, failed):
    def read_photo(path, at_least=None):
        raise failed

    Image.fromarray(scene).save(tmp_path / "a.png")
    monkeypatch.setattr(photos, "read_photo", read_photo)
    for read in (lambda path: photos.check_photos([path]), lambda path: photos.read_pixels(path, 32)):
        with pytest.raises(
            DataError, match=r"too little memory or too few open files .*a\.png: (MemoryError|Too many)"
        ):
            read(tmp_path / "a.png")
