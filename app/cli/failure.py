"""How a command ends: an exit code, and one line on standard error when it could not be done."""

from typer import TyperException

DONE, PROBLEMS, BAD_USAGE, NOT_REACHABLE, INTERRUPTED = 0, 1, 2, 3, 130


class Failure(TyperException):
    """The command ends here with one line for the person who called it."""

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code


class BadUsage(Failure):
    """What was asked for cannot be: the message names what was wrong, and what would be right."""

    def __init__(self, message: str) -> None:
        super().__init__(message, BAD_USAGE)


class NotReachable(Failure):
    """Something that the command needs does not answer; the message says what to do."""

    def __init__(self, message: str) -> None:
        super().__init__(message, NOT_REACHABLE)
