"""What a modality offers to the rest of the house."""

from __future__ import annotations


def as_card(title: str, facts: list[tuple[str, str | None]]) -> str:
    """The card of a source: its title, and a line for each of the (label, text) that is known."""
    return "\n".join([title, *(f"  {label:<13} {text}" for label, text in facts if text)])
