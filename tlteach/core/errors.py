"""What can go wrong, in five words. Each message says what was found, where, and what to do next."""


class TlteachError(Exception):
    """The base of every error that tlteach raises on purpose."""


class GuardError(TlteachError):
    """A step of the recipe did nothing, or not what it says. The message names the cure."""


class DataError(TlteachError):
    """The photos, texts or labels cannot be learned from as they are."""


class SourceError(TlteachError):
    """The source model does not exist, does not fit the task, or its weights are not what its card says."""


class FetchError(TlteachError):
    """A download could not be finished, or what came is not what was expected."""
