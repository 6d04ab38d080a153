"""Every failure that may reach a caller: a code, an HTTP status and a sentence safe to publish.

The web layer turns these into the one JSON error shape; workers send them back as plain data.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Self, TypedDict


class Detail(TypedDict, total=False):
    """What is wrong with one field: what was expected and what came."""

    field: str
    expected: str
    received: str


class AshimError(Exception):
    """A failure with a machine-readable code and a message that may be shown to anybody."""

    status: int = 500
    code: str = "INTERNAL_ERROR"
    headers: Mapping[str, str] = {}
    step: int = 0
    """Which of several fused steps it comes from, counted from 0."""

    def __init__(self, message: str, *, details: Iterable[Detail] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.details = list(details)
        self.more: dict[str, Any] = {}
        """What an answer says besides, such as which step of a pipeline failed."""

    def to_data(self) -> dict[str, Any]:
        """Give the error as JSON-serialisable data."""
        return {
            "code": self.code,
            "status": self.status,
            "message": self.message,
            "details": self.details,
            "more": self.more,
        }

    @staticmethod
    def from_data(data: Mapping[str, Any]) -> "AshimError":
        """Rebuild an error that another process sent: of the kind that has its code."""
        kinds = (kind for kind in AshimError.__subclasses__() if kind.code == data["code"])
        error = next(kinds, AshimError)(data["message"], details=data["details"])
        error.code, error.status = data["code"], data["status"]
        error.more = dict(data.get("more", {}))
        return error

    def at_step(self, index: int, before: Iterable[str]) -> Self:
        """Have an answer say which step failed, from 0, and the tools of those that were done."""
        done = [{"step": number, "toolId": tool} for number, tool in enumerate(before, 1)]
        self.more |= {"step": index + 1, "completedSteps": done}
        return self


class ToolError(AshimError):
    """Raised by a tool that can't do what was asked with this picture.

    `code` names the reason in capitals (`NO_FACE_FOUND`); the answer has status 422.
    """

    status = 422
    code = "PROCESSING_FAILED"

    def __init__(
        self, message: str, *, code: str | None = None, details: Iterable[Detail] = ()
    ) -> None:
        super().__init__(message, details=details)
        if code is not None:
            self.code = code


class InvalidRequest(AshimError):
    """The request itself is malformed: its body, a field, or JSON in it."""

    status, code = 400, "INVALID_REQUEST"


class ValidationFailed(AshimError):
    """A field of the request is unknown, missing, of the wrong type or out of range."""

    status, code = 400, "VALIDATION_ERROR"


class InvalidSettings(AshimError):
    """A setting is unknown, missing, of the wrong type or out of range."""

    status, code = 400, "INVALID_SETTINGS"


class NoFile(AshimError):
    """Fewer files came than the tool needs."""

    status, code = 400, "NO_FILE"


class TooManyFiles(AshimError):
    """More files came than the tool takes."""

    status, code = 400, "TOO_MANY_FILES"


class EmptyFile(AshimError):
    """The file has no bytes."""

    status, code = 400, "EMPTY_FILE"


class InvalidImage(AshimError):
    """The bytes are no picture at all."""

    status, code = 400, "INVALID_IMAGE"


class SelfDemote(AshimError):
    """Nobody changes their own role."""

    status, code = 400, "SELF_DEMOTE"


class SelfDelete(AshimError):
    """Nobody deletes their own account."""

    status, code = 400, "SELF_DELETE"


class LastAdmin(AshimError):
    """Without this administrator there would be none left."""

    status, code = 400, "LAST_ADMIN"


class AuthRequired(AshimError):
    """No token came, or one that is unknown or has expired."""

    status, code = 401, "AUTH_REQUIRED"
    headers = {"WWW-Authenticate": "Bearer"}


class InvalidCredentials(AshimError):
    """There is no account with this name and password."""

    status, code = 401, "INVALID_CREDENTIALS"


class InvalidPassword(AshimError):
    """The current password is another one."""

    status, code = 401, "INVALID_PASSWORD"


class Forbidden(AshimError):
    """Whoever asks may not do this."""

    status, code = 403, "FORBIDDEN"


class SessionRequired(AshimError):
    """Only people do this, signed in with a password, and not their API keys."""

    status, code = 403, "SESSION_REQUIRED"


class MustChangePassword(AshimError):
    """The account has a password that somebody else knows; first it needs one of its own."""

    status, code = 403, "MUST_CHANGE_PASSWORD"


class DefaultPassword(AshimError):
    """The first password is the default still, and that works on the server's own machine only."""

    status, code = 403, "DEFAULT_PASSWORD"


class AuthDisabled(AshimError):
    """The server asks nobody to sign in."""

    status, code = 403, "AUTH_DISABLED"


class EscalationDenied(AshimError):
    """Nobody gives, changes or takes away permissions that they don't have themselves."""

    status, code = 403, "ESCALATION_DENIED"


class UserLimitReached(AshimError):
    """The server has as many users as it may have."""

    status, code = 403, "USER_LIMIT_REACHED"


class CrossOrigin(AshimError):
    """A page of another site tried to change something here."""

    status, code = 403, "CROSS_ORIGIN"


class ToolDisabled(AshimError):
    """The tool is installed but switched off on this server."""

    status, code = 403, "TOOL_DISABLED"


class NotFound(AshimError):
    """There is nothing at this address, or it has expired."""

    status, code = 404, "NOT_FOUND"


class ToolNotFound(AshimError):
    """No installed tool has this id; the message names the nearest ones."""

    status, code = 404, "TOOL_NOT_FOUND"


class RequestTimeout(AshimError):
    """The request came too slowly, or stopped coming."""

    status, code = 408, "REQUEST_TIMEOUT"


class Conflict(AshimError):
    """Something of this name is there already."""

    status, code = 409, "CONFLICT"


class FileTooLarge(AshimError):
    """The upload has more bytes than the server accepts."""

    status, code = 413, "FILE_TOO_LARGE"


class TooManyPixels(AshimError):
    """More pixels than the budget, counted over all frames, before or after a step."""

    status, code = 413, "TOO_MANY_PIXELS"


class AddressTooLong(AshimError):
    """The first line of the request is longer than this server reads."""

    status, code = 414, "URI_TOO_LONG"


class UnknownExpectation(AshimError):
    """The request expects something of the server that it doesn't do."""

    status, code = 417, "EXPECTATION_FAILED"


class DecodeFailed(AshimError):
    """A picture format we read, but this file is damaged."""

    status, code = 422, "DECODE_FAILED"


class TooComplex(AshimError):
    """Cheap to send, expensive to decode: too many scans, frames or bands."""

    status, code = 422, "TOO_COMPLEX"


class FormatNotSupported(AshimError):
    """A picture, but in a format that nothing installed reads or writes."""

    status, code = 422, "FORMAT_NOT_SUPPORTED"


class NoThumbnail(AshimError):
    """No small picture can be made of this file: it is none, is damaged, or nothing reads it."""

    status, code = 422, "NO_THUMBNAIL"


class OutOfMemory(AshimError):
    """The picture is within the budgets, but what the tool does with it is not."""

    status, code = 422, "OUT_OF_MEMORY"


class WouldLose(AshimError):
    """The result can't hold all of the picture, and the request wants nothing to be lost."""

    status, code = 422, "WOULD_LOSE"


class TargetUnreachable(AshimError):
    """No quality makes the result as small as asked."""

    status, code = 422, "TARGET_UNREACHABLE"


class HeadersTooLarge(AshimError):
    """The request has more headers, or larger ones, than this server reads."""

    status, code = 431, "HEADERS_TOO_LARGE"


class RateLimited(AshimError):
    """Too many requests; try again after `Retry-After` seconds."""

    status, code = 429, "RATE_LIMITED"


class PluginFailure(AshimError):
    """A tool raised something that is not a `ToolError`, or returned garbage."""

    status, code = 500, "PLUGIN_ERROR"


class DependencyMissing(AshimError):
    """The tool needs a program that is not there; the message names the remedy."""

    status, code = 501, "DEPENDENCY_MISSING"


class ModelNotInstalled(AshimError):
    """The tool needs a model that is not there; the message names its size, terms and source."""

    status, code = 501, "MODEL_NOT_INSTALLED"


class UnknownTransferCoding(AshimError):
    """The body is coded in a way that this server doesn't read."""

    status, code = 501, "UNKNOWN_TRANSFER_CODING"


class QueueFull(AshimError):
    """Too many tasks wait already; try again after `Retry-After` seconds."""

    status, code = 503, "QUEUE_FULL"
    headers = {"Retry-After": "5"}


class ServerStopping(AshimError):
    """The server is being stopped; it will be back, or another one will."""

    status, code = 503, "SERVER_STOPPING"
    headers = {"Retry-After": "10"}


class DatabaseBusy(AshimError):
    """The database can't be reached or is locked; try again after `Retry-After` seconds."""

    status, code = 503, "DATABASE_BUSY"
    headers = {"Retry-After": "2"}


class ServerBusy(AshimError):
    """Something that this needs is busy or away; try again after `Retry-After` seconds."""

    status, code = 503, "SERVER_BUSY"
    headers = {"Retry-After": "2"}


class ServerRestarted(AshimError):
    """The server stopped in the middle of the job. Nothing of it was kept."""

    status, code = 503, "SERVER_RESTARTED"


class AllFailed(AshimError):
    """Not one file of a batch could be processed; `details` says why, file by file."""

    status, code = 422, "ALL_FAILED"


class Cancelled(AshimError):
    """The job was cancelled before it was done."""

    status, code = 409, "CANCELLED"


class TimedOut(AshimError):
    """Processing took longer than a task may take."""

    status, code = 504, "TIMEOUT"


class QuotaExceeded(AshimError):
    """The library of this account would be larger than it may be."""

    status, code = 507, "QUOTA_EXCEEDED"


class StorageFull(AshimError):
    """The disk of the server is full. Nothing was kept."""

    status, code = 507, "STORAGE_FULL"
