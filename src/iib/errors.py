"""The one exception tree. It knows nothing of HTTP.

IIBError
├── InvalidRequest            the caller's input is wrong
│   └── QueryError            a query cannot be read
├── NotAuthenticated          the secret is missing or wrong
├── AccessDenied
│   ├── PathNotTrusted        the path lies outside every root
│   └── ReadOnlyServer        the server's permission does not allow this
├── TooManyAttempts           too many wrong secrets came from this address
├── NotFound
├── Conflict                  the request contradicts the present state
│   └── NotReady              a job is not in the state that this needs
├── Unsupported               an optional part is not installed
├── BudgetExceeded            a bounded computation ran out of its time
├── Cancelled                 a job was asked to stop
├── MediaError                a media file cannot be decoded
├── MetadataError             metadata cannot be read; never leaves the scan
├── FileOperationFailed       some paths of a file operation failed
├── NotConfigured             this needs a service that nobody has set up
├── ProviderError             an outside AI service failed
│   ├── ProviderTimeout       it did not answer in time
│   ├── ProviderUnreachable   there is no connection to it
│   ├── ProviderBusy          it takes no more requests for now, or the quota is used up
│   ├── ProviderRefused       it refused the request: key or model
│   │   └── ProviderInputRefused  key and model are fine, this input is not
│   └── ProviderUnusable      what it answered cannot be used
├── StoreError                the database cannot answer
│   └── StoreDamaged          what is in it cannot be right
└── SettingsError             the configuration is wrong; the program cannot start
"""

from __future__ import annotations


class IIBError(Exception):
    """Root of all errors this program raises on purpose.

    `code` is a stable slug for programs, `message` is for people.
    """

    code = "error"

    def __init__(self, message: str = "") -> None:
        super().__init__(message)
        self.message = message or self.code.replace("_", " ")


class InvalidRequest(IIBError):
    code = "invalid_request"


class QueryError(InvalidRequest):
    """A query that cannot be read: `position` and `length` mark the place in the text, `suggestion` may mend it."""

    code = "query_error"

    def __init__(self, message: str = "", position: int = 0, length: int = 1, suggestion: str | None = None) -> None:
        shown = f"{message} (at character {position + 1})"
        super().__init__(f"{shown}; did you mean {suggestion!r}?" if suggestion else shown)
        self.reason = message
        self.position = position
        self.length = max(1, length)
        self.suggestion = suggestion

    def place(self) -> dict[str, str | int | None]:
        """What programs want to know of it."""
        return {
            "type": self.code,
            "message": self.reason,
            "position": self.position,
            "length": self.length,
            "suggestion": self.suggestion,
        }


class NotAuthenticated(IIBError):
    code = "secret_verification_failed"


class AccessDenied(IIBError):
    code = "access_denied"


class PathNotTrusted(AccessDenied):
    code = "path_not_trusted"


class ReadOnlyServer(AccessDenied):
    code = "read_only_server"


class TooManyAttempts(IIBError):
    code = "too_many_attempts"


class NotFound(IIBError):
    code = "not_found"


class Conflict(IIBError):
    code = "conflict"


class NotReady(Conflict):
    """`status` is the state that the job is in."""

    code = "not_ready"

    def __init__(self, message: str = "", status: str = "") -> None:
        super().__init__(message)
        self.status = status


class Unsupported(IIBError):
    code = "unsupported"


class BudgetExceeded(IIBError):
    code = "budget_exceeded"


class Cancelled(IIBError):
    code = "cancelled"


class MediaError(IIBError):
    code = "media_error"


class MetadataError(IIBError):
    code = "metadata_error"


class FileOperationFailed(IIBError):
    code = "file_operation_failed"


class NotConfigured(IIBError):
    code = "not_configured"


class ProviderError(IIBError):
    """`retry_after_s`: how long the service wants to be left alone; `is_final`: asking again is of no use."""

    code = "provider_error"

    def __init__(self, message: str = "", *, retry_after_s: float | None = None, is_final: bool = False) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s
        self.is_final = is_final


class ProviderTimeout(ProviderError):
    code = "provider_timeout"


class ProviderUnreachable(ProviderError):
    code = "provider_unreachable"


class ProviderBusy(ProviderError):
    code = "provider_busy"


class ProviderRefused(ProviderError):
    code = "provider_refused"


class ProviderInputRefused(ProviderRefused):
    code = "provider_input_refused"


class ProviderUnusable(ProviderError):
    code = "provider_unusable"


class StoreError(IIBError):
    code = "store_error"


class StoreDamaged(StoreError):
    code = "store_damaged"


class SettingsError(IIBError):
    code = "settings_error"
