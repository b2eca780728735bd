"""What an option on the command line may be: argparse says so in one line where it is something else."""

import argparse


def positive(text: str) -> int:
    """A whole number from 1."""
    number = not_negative(text)
    if number == 0:
        raise argparse.ArgumentTypeError("must be at least 1, not 0")
    return number


def seed(text: str) -> int:
    """What can begin a row of random numbers: NumPy takes 32 bits."""
    number = not_negative(text)
    if number >= 2**32:
        raise argparse.ArgumentTypeError(f"must be below 2**32, not {number}")
    return number


def not_negative(text: str) -> int:
    """A whole number from 0."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"must be a whole number, not {text!r}")
    return int(text)
