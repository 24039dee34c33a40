"""Tests that the typed dictionaries of the serializers have the fields of the response models."""

from __future__ import annotations

import pytest
from pydantic import BaseModel

from iib.api.schemas import (
    duplicates as duplicate_models,
)
from iib.api.schemas import (
    file_responses,
    responses,
    v1_responses,
)
from iib.api.schemas import (
    organise as organise_models,
)
from iib.api.schemas import (
    semantic as semantic_models,
)
from iib.api.schemas import (
    tag_graph as graph_models,
)
from iib.api.serializers import common, duplicates, media, operations, organise, semantic, tag_graph

PAIRS: list[tuple[type, type[BaseModel]]] = [
    (common.TagEntry, responses.TagInfo),
    (duplicates.DuplicateFileEntry, duplicate_models.DuplicateFileAnswer),
    (duplicates.DuplicateGroupEntry, duplicate_models.DuplicateGroupAnswer),
    (media.AlbumNameEntry, v1_responses.AlbumName),
    (media.MediaDetailEntry, v1_responses.MediaDetails),
    (media.MediaTagEntry, v1_responses.MediaTag),
    (operations.DeletedFileEntry, file_responses.TrashEntry),
    (operations.JournalEntry, file_responses.OperationEntry),
    (operations.OperationResultEntry, file_responses.OperationAnswer),
    (operations.PathErrorEntry, file_responses.PathError),
    (operations.PathPair, file_responses.MovedPath),
    (organise.FileEntry, organise_models.FileMapping),
    (organise.GroupEntry, organise_models.OrganiseCluster),
    (organise.MoveErrorEntry, organise_models.MoveErrorItem),
    (organise.OrganiseEntry, organise_models.OrganiseJobStatus),
    (organise.PreviewEntry, organise_models.OrganisePreview),
    (organise.ProblemEntry, organise_models.PathReason),
    (organise.ProgressEntry, organise_models.OrganiseProgress),
    (organise.ResultEntry, organise_models.OrganiseResult),
    (organise.SidecarEntry, organise_models.SidecarMapping),
    (semantic.CachedClusteringEntry, semantic_models.CachedClusters),
    (semantic.ClusterEntry, semantic_models.ClusterItem),
    (semantic.ClusteringEntry, semantic_models.ClusterResult),
    (semantic.ClusterStatusEntry, semantic_models.ClusterJobStatus),
    (semantic.HitEntry, semantic_models.PromptHit),
    (semantic.StaleReasonEntry, semantic_models.StaleReason),
    (tag_graph.GraphStatsEntry, graph_models.GraphStats),
    (tag_graph.LayerEntry, graph_models.GraphLayer),
    (tag_graph.LinkEntry, graph_models.GraphLink),
    (tag_graph.NodeEntry, graph_models.GraphNode),
    (tag_graph.TagGraphEntry, graph_models.TagGraphAnswer),
]


@pytest.mark.parametrize(("entry", "model"), PAIRS, ids=lambda item: item.__name__)
def test_an_entry_has_the_fields_of_its_model(entry: type, model: type[BaseModel]) -> None:
    fields = {field.alias or name for name, field in model.model_fields.items()}

    assert set(entry.__annotations__) == fields


def test_entries_of_files_have_the_fields_of_the_model_together() -> None:
    assert set(common.MediaEntry.__annotations__) == set(responses.FileInfo.model_fields)
    assert set(common.FileEntry.__annotations__) < set(responses.FileInfo.model_fields)
