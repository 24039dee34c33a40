"""Graph of clusters, their keywords, and groups of keywords."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request, Response

from iib.access import AllowedPaths
from iib.api.params import folder_scope
from iib.api.permissions import READ, check_write, services_of
from iib.api.schemas.semantic import ScopeBody
from iib.api.schemas.tag_graph import ClusterPaths, ClusterPathsBody, TagGraphAnswer, TagGraphBody
from iib.api.serializers.common import fast_json
from iib.api.serializers.tag_graph import tag_graph_entry
from iib.api.services import Services
from iib.errors import InvalidRequest, NotFound
from iib.model import Cluster
from iib.semantic import title_language

router = APIRouter(tags=["ai"])


@router.post(
    "/db/cluster_tag_graph",
    dependencies=[Depends(READ)],
    response_model=TagGraphAnswer,
    response_model_exclude_none=True,
    summary="Graph of clusters, keywords, and groups of keywords",
)
def tag_graph(body: TagGraphBody, request: Request) -> Response:
    """Graph of the newest clustering of exactly these folders; 400 if there is none.

    Needs write permission if a chat model must group the keywords.
    """
    services = services_of(request)
    allowed = services.authorizer.allowed_paths()
    scope = folder_scope(services, ScopeBody(folder_paths=body.folder_paths), allowed)
    latest = services.semantic.latest_clustering(scope)
    if latest is None:
        raise InvalidRequest("these folders have no clusters yet: start with POST /db/cluster_iib_output_job_start")
    key, clustering = latest
    counts = [len(paths) for paths in _visible_paths(services, clustering.clusters, allowed)]
    graph = services.semantic.graphs.graph(
        clustering, counts, title_language(body.lang), lambda: check_write(request, services)
    )
    return fast_json(tag_graph_entry(graph, key))


@router.post(
    "/db/cluster_tag_graph_cluster_paths",
    dependencies=[Depends(READ)],
    response_model=ClusterPaths,
    summary="Files of a cluster of the graph",
)
def cluster_paths(body: ClusterPathsBody, request: Request) -> Response:
    """Paths of the visible files of a cluster. 404 for an unknown clustering or cluster."""
    if not body.topic_cluster_cache_key or not body.cluster_id:
        raise InvalidRequest("topic_cluster_cache_key and cluster_id are required")
    services = services_of(request)
    clustering = services.semantic.clustering_of_key(body.topic_cluster_cache_key)
    if clustering is None:
        raise NotFound("there is no clustering with this key")
    matching = [cluster for cluster in clustering.clusters if cluster.id == body.cluster_id]
    if not matching:
        raise NotFound(f"there is no cluster {body.cluster_id}")
    return fast_json({"paths": _visible_paths(services, matching, services.authorizer.allowed_paths())[0]})


def _visible_paths(
    services: Services, clusters: list[Cluster] | tuple[Cluster, ...], allowed: AllowedPaths
) -> list[list[str]]:
    """Paths of the visible files of each cluster."""
    paths = services.semantic.paths([media_id for cluster in clusters for media_id in cluster.members])
    readable = {media_id: path for media_id, path in paths.items() if allowed.may_read(path)}
    return [[readable[media_id] for media_id in cluster.members if media_id in readable] for cluster in clusters]
