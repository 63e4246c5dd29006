"""The one error base: what is wrong, where, what to do."""


class PlannerError(Exception):
    """An input or a step that cannot be used, told in three plain sentences.

    `exit_code` is the shell's exit status: 1 the input cannot be used, 2 wrong call.
    """

    exit_code = 1

    def __init__(self, what: str, where: str, advice: str) -> None:
        super().__init__(f"{what} {where} {advice}")
        self.what = what
        self.where = where
        self.advice = advice


class IntakeError(PlannerError):
    """The images cannot be read or do not form one usable volume."""


class GeometryError(PlannerError, ValueError):
    """A position, spacing or curve that has no meaning."""


class OutputError(PlannerError):
    """The results cannot be written."""


class CallError(PlannerError):
    """The program was called wrongly."""

    exit_code = 2
