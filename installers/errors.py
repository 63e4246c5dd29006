"""What set-up says when it cannot go on."""


class SetUpError(Exception):
    """The environment cannot be made; the text says what, where and what to do."""
