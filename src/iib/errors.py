"""All exceptions that this program raises on purpose, as one tree. HTTP status codes are mapped in `iib.api`.

IIBError
├── InvalidRequest            the input of the caller is invalid
│   └── QueryError            a query cannot be parsed
├── NotAuthenticated          the secret is missing or wrong
├── AccessDenied
│   ├── PathNotTrusted        the path is outside every root
│   └── ReadOnlyServer        the permission of the server does not allow this
├── TooManyAttempts           too many wrong keys from this address
├── NotFound
├── Conflict                  the request conflicts with the current state
│   └── NotReady              a job is not in the required state
├── Unsupported               an optional part is not installed
├── BudgetExceeded            a computation exceeded its time limit
├── Cancelled                 a job was asked to stop
├── MediaError                a media file cannot be decoded
├── MetadataError             metadata cannot be read; raised and handled within a scan
├── FileOperationFailed       some paths of a file operation failed
├── NotConfigured             a required service is not configured
├── ProviderError             an external AI service failed
│   ├── ProviderTimeout       no response in time
│   ├── ProviderUnreachable   no connection to the service
│   ├── ProviderBusy          rate limit or quota exceeded
│   ├── ProviderRefused       the request was refused because of key or model
│   │   └── ProviderInputRefused  key and model are accepted, this input is refused
│   └── ProviderUnusable      the response cannot be used
├── StoreError                the database is not available
│   └── StoreDamaged          the contents of the database are inconsistent
└── SettingsError             the configuration is invalid; the program cannot start
"""

from __future__ import annotations


class IIBError(Exception):
    """Base of all errors that this program raises on purpose.

    `code` is a stable identifier for programs; `message` is text for people.
    """

    code = "error"

    def __init__(self, message: str = "") -> None:
        super().__init__(message)
        self.message = message or self.code.replace("_", " ")


class InvalidRequest(IIBError):
    code = "invalid_request"


class QueryError(InvalidRequest):
    """A query that cannot be parsed. `position` and `length` mark the place; `suggestion` is a possible correction."""

    code = "query_error"

    def __init__(self, message: str = "", position: int = 0, length: int = 1, suggestion: str | None = None) -> None:
        shown = f"{message} (at character {position + 1})"
        hint = f"did you mean {suggestion!r}?" if suggestion else "in quotes it is searched for as text"
        super().__init__(f"{shown}; {hint}")
        self.reason = message
        self.position = position
        self.length = max(1, length)
        self.suggestion = suggestion

    def place(self) -> dict[str, str | int | None]:
        """Return the error as fields of a JSON response."""
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
    """A job is not in the required state. `status` is its current state."""

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
    """A failure of an AI service. `retry_after_s`: the pause that it requests; `is_final`: a retry cannot succeed."""

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
