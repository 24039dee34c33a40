"""Parameters of a request to organise, and the confirmation of its preview."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field

from iib.model import FolderNaming, Json, NoisePolicy, OrganiseAction
from iib.semantic import ClusterParams


@dataclass(frozen=True, slots=True)
class OrganiseParams:
    """Resolved and clamped parameters. `destination` is absolute; `folders` are in the order of the request."""

    clustering: ClusterParams
    folders: tuple[str, ...]
    destination: str
    noise_name: str
    max_name: int = 50  # characters
    naming: FolderNaming = FolderNaming.TITLE
    action: OrganiseAction = OrganiseAction.MOVE
    noise: NoisePolicy = NoisePolicy.UNSORTED

    def dump(self) -> dict[str, Json]:
        """The parameters as values for the row of a job."""
        return asdict(self) | {
            "naming": self.naming.value,
            "action": self.action.value,
            "noise": self.noise.value,
        }

    @staticmethod
    def load(values: dict[str, Json]) -> OrganiseParams:
        """Parameters from the values of `dump`."""
        return OrganiseParams(
            **values
            | {
                "clustering": ClusterParams.load(values["clustering"]),
                "folders": tuple(values["folders"]),
                "naming": FolderNaming(values["naming"]),
                "action": OrganiseAction(values["action"]),
                "noise": NoisePolicy(values["noise"]),
            }
        )

    @property
    def is_copy(self) -> bool:
        """True if files are copied, so that the originals are unchanged."""
        return self.action is OrganiseAction.COPY


@dataclass(frozen=True, slots=True)
class Confirmation:
    """Confirmation of a preview: `names` are new folder names by cluster id, files of `skipped` clusters stay."""

    names: dict[str, str] = field(default_factory=dict)
    skipped: tuple[str, ...] = ()

    def dump(self) -> str:
        """The confirmation as JSON text, for the store."""
        return json.dumps(asdict(self))

    @staticmethod
    def load(text: str) -> Confirmation:
        """The confirmation from the text of `dump`."""
        values = json.loads(text)
        return Confirmation(values["names"], tuple(values["skipped"]))
