"""What an organising is asked for, and what a person answers to its preview."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field

from iib.model import FolderNaming, Json, NoisePolicy, OrganiseAction
from iib.semantic import ClusterParams


@dataclass(frozen=True, slots=True)
class OrganiseParams:
    """Resolved and clamped. `destination` is an absolute path, `folders` those the request named, in its order."""

    clustering: ClusterParams
    folders: tuple[str, ...]
    destination: str
    noise_name: str
    max_name: int = 50  # characters
    naming: FolderNaming = FolderNaming.TITLE
    action: OrganiseAction = OrganiseAction.MOVE
    noise: NoisePolicy = NoisePolicy.UNSORTED

    def dump(self) -> dict[str, Json]:
        """As the parameters of a job."""
        return asdict(self) | {
            "naming": self.naming.value,
            "action": self.action.value,
            "noise": self.noise.value,
        }

    @staticmethod
    def load(values: dict[str, Json]) -> OrganiseParams:
        """The reverse of `dump`."""
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
        """True if the files stay where they are."""
        return self.action is OrganiseAction.COPY


@dataclass(frozen=True, slots=True)
class Confirmation:
    """`names`: new folder names by cluster id; `skipped`: clusters whose files stay."""

    names: dict[str, str] = field(default_factory=dict)
    skipped: tuple[str, ...] = ()

    def dump(self) -> str:
        """As JSON text."""
        return json.dumps(asdict(self))

    @staticmethod
    def load(text: str) -> Confirmation:
        """The reverse of `dump`."""
        values = json.loads(text)
        return Confirmation(values["names"], tuple(values["skipped"]))
