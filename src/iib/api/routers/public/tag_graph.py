"""The graph of clusters and tags."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request, Response

from iib.access.paths import Trust
from iib.api.params import folder_scope
from iib.api.permissions import READ, check_write, services_of
from iib.api.schemas.semantic import ScopeBody
from iib.api.schemas.tag_graph import ClusterPaths, ClusterPathsBody, TagGraphAnswer, TagGraphBody
from iib.api.serializers.common import fast_json
from iib.api.serializers.tag_graph import tag_graph_entry
from iib.api.services import Services
from iib.errors import InvalidRequest, NotFound
from iib.model.cluster import Cluster
from iib.semantic.languages import language_of

router = APIRouter(tags=["ai"])


@router.post(
    "/db/cluster_tag_graph",
    dependencies=[Depends(READ)],
    response_model=TagGraphAnswer,
    response_model_exclude_none=True,
    summary="Clusters, their keywords, and groups of these",
)
def tag_graph(body: TagGraphBody, request: Request) -> Response:
    """Of the newest clustering of exactly these folders; 400 when there is none. Needs write permission when a chat
    model has to be asked."""
    services = services_of(request)
    trust = services.gate.trust()
    scope = folder_scope(services, ScopeBody(folder_paths=body.folder_paths), trust)
    latest = services.semantic.latest_clustering(scope)
    if latest is None:
        raise InvalidRequest("these folders have no clusters yet: start with POST /db/cluster_iib_output_job_start")
    key, clustering = latest
    shown = [len(paths) for paths in _shown(services, clustering.clusters, trust)]
    found = services.semantic.graphs.graph(
        clustering, shown, language_of(body.lang), lambda: check_write(request, services)
    )
    return fast_json(tag_graph_entry(found, key))


@router.post(
    "/db/cluster_tag_graph_cluster_paths",
    dependencies=[Depends(READ)],
    response_model=ClusterPaths,
    summary="Files of a cluster of the graph",
)
def cluster_paths(body: ClusterPathsBody, request: Request) -> Response:
    """Those that are there and may be seen. 404 for a clustering or cluster that is not there."""
    if not body.topic_cluster_cache_key or not body.cluster_id:
        raise InvalidRequest("topic_cluster_cache_key and cluster_id must be given")
    services = services_of(request)
    clustering = services.semantic.clustering_of_key(body.topic_cluster_cache_key)
    if clustering is None:
        raise NotFound("there is no clustering of this key")
    chosen = [cluster for cluster in clustering.clusters if cluster.id == body.cluster_id]
    if not chosen:
        raise NotFound(f"there is no cluster {body.cluster_id}")
    return fast_json({"paths": _shown(services, chosen, services.gate.trust())[0]})


def _shown(services: Services, clusters: list[Cluster] | tuple[Cluster, ...], trust: Trust) -> list[list[str]]:
    """Paths of the files of each cluster that are there and may be seen."""
    paths = services.semantic.paths([media_id for cluster in clusters for media_id in cluster.members])
    readable = {media_id: path for media_id, path in paths.items() if trust.may_read(path)}
    return [[readable[media_id] for media_id in cluster.members if media_id in readable] for cluster in clusters]
