"""Exceptions that say what to do next. Bad data is never an exception: it is a `Rejected` value."""


class KeepwellError(Exception):
    """Any trouble of Keepwell's own; its text is a sentence that names the fix."""


class TryLater(KeepwellError):  # noqa: N818 - named for what to do
    """The other side is not able now; the same call may work later. `after_s` is its own wish, if it had one."""

    def __init__(self, message: str, *, after_s: float | None = None) -> None:
        super().__init__(message)
        self.after_s = after_s


class GiveUp(KeepwellError):  # noqa: N818
    """This one will never work as it is; set it aside and go on with the next."""


class FixConfiguration(KeepwellError):  # noqa: N818
    """Works once a setting is changed; keep trying and tell somebody which setting."""


class StoreRefused(GiveUp):
    """The store refused the whole batch (400, 422): one of its points is bad."""


class BatchTooLarge(GiveUp):
    """The store refused the batch for its size (413): halve it."""


class BadInput(KeepwellError):  # noqa: N818
    """A file or an argument that a person gave cannot be used; the text says where and how to mend it."""
