"""Which ways can Frostline say no? Every refusal is one of these, with a sentence a user can act on."""

from __future__ import annotations

import struct
import zlib


class PlannerError(Exception):
    """Base of every refusal: what happened, to which thing, and what to do.

    Parameters
    ----------
    sentence
        One or two plain sentences for the user. No code, no stack trace.
    code
        Stable short identifier such as ``"spacing-uneven"``, for tests, logs and machine-readable output.
    where
        The file, series, field or probe concerned; empty when the sentence already names it.
    """

    exit_status = 2

    def __init__(self, sentence: str, *, code: str, where: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.code = code
        self.where = where

    def __str__(self) -> str:
        return f"{self.where}: {self.sentence}" if self.where else self.sentence


class InputRefused(PlannerError):
    """A file, field or value given by the user cannot be used."""


class GeometryRefused(InputRefused):
    """A series is not a regular volume, or two grids do not belong together."""


class PlanInvalid(PlannerError):
    """A plan, command or domain value breaks an invariant; the message carries the offending numbers."""


class CaseInvalid(PlannerError):
    """A case, answer, procedure or follow-up breaks an invariant; the message carries the offending values."""


class CaseFileError(PlannerError):
    """The library of cases, or a case file, is missing, newer, damaged, altered or locked."""


class PlanFileError(PlannerError):
    """A ``.frostline`` file is missing, newer, damaged, altered or locked."""


class ResourceInvalid(PlannerError):
    """A table under ``resources/`` (probes, tissue, rules, nerves) fails its schema or a plausible range."""


class SimulationRefused(PlannerError):
    """The prediction failed one of its own checks. No picture is shown."""


class ReportRefused(PlannerError):
    """A report would disagree with its plan or result, or hold a number that is not finite."""


class NetworkFailed(PlannerError):
    """An archive cannot be reached, refuses us or what is sent, or breaks off. Nothing here is changed."""


class WorkerFailed(PlannerError):
    """A child process died, hung or sent something unreadable. The plan is untouched."""


class Cancelled(PlannerError):
    """The user stopped the work. Nothing half-made is left behind."""

    exit_status = 130

    def __init__(self, sentence: str = "Cancelled.") -> None:
        super().__init__(sentence, code="cancelled")


# What pydicom and its decoders raise on damaged files, beside errors of their own (H-38). ValueError covers
# UnicodeError; LookupError: KeyError and IndexError; ArithmeticError: overflow and decimal.InvalidOperation;
# RuntimeError: RecursionError, NotImplementedError and most decoders.
DAMAGED_FILE_ERRORS: tuple[type[Exception], ...] = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
    struct.error,
    zlib.error,
)
