"""One hash of many pieces, for what is kept only as long as nothing that it was made of has changed."""

import hashlib


def digest_of(*pieces: str | bytes) -> str:
    """The hash of the pieces, in hex; where one ends and the next begins counts."""
    found = hashlib.blake2b(digest_size=16)
    for piece in pieces:
        piece = piece.encode() if isinstance(piece, str) else piece
        found.update(len(piece).to_bytes(8, "big"))
        found.update(piece)
    return found.hexdigest()
