"""Embeddings, clusterings, semantic search and chat."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import orjson
from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import StreamingResponse

from iib.api.params import MAX_BATCH, MAX_CHARS, MIN_CHARS, clamp, cluster_params, folder_scope
from iib.api.permissions import READ, WRITE, check_write, services_of
from iib.api.schemas.responses import ErrorAnswer
from iib.api.schemas.semantic import (
    CachedClusters,
    ChatBody,
    ClusterBody,
    ClusterJobStatus,
    EmbedAnswer,
    EmbedBody,
    JobBody,
    JobCancelled,
    JobStarted,
    PromptHits,
    PromptSearchBody,
)
from iib.api.serializers.common import fast_json
from iib.api.serializers.semantic import cached_clustering_entry, cluster_status_entry, hit_entries
from iib.errors import IIBError, InvalidRequest
from iib.semantic import PromptQuery

router = APIRouter(tags=["ai"], responses={code: {"model": ErrorAnswer} for code in (502, 503, 504)})

MAX_TOP_K = 500
MAX_QUERY = 20_000


@router.post(
    "/db/build_iib_output_embeddings",
    dependencies=[Depends(WRITE)],
    response_model=EmbedAnswer,
    summary="Embed the prompts of folders",
)
def build_embeddings(body: EmbedBody, request: Request) -> Response:
    """Embed each distinct prompt once; existing embeddings are skipped.

    The default folder is `iib_output` in the program folder.
    """
    services = services_of(request)
    if not body.folder and not body.folder_paths:
        body.folder = str(services.settings.program_dir / "iib_output")
    scope = folder_scope(services, body, services.authorizer.allowed_paths())
    counts, model = services.semantic.build_embeddings(
        scope,
        body.model,
        force=body.force,
        batch_size=clamp(body.batch_size, 1, MAX_BATCH),
        max_chars=clamp(body.max_chars, MIN_CHARS, MAX_CHARS),
    )
    return fast_json(
        {
            "folder": scope.folders[0],
            "folders": list(scope.folders),
            "count": counts.scanned,
            "updated": counts.updated,
            "skipped": counts.skipped,
            "skipped_failed": counts.skipped_failed,
            "failed": counts.failed,
            "engine": model.engine,
            "model": model.model_name,
        }
    )


@router.post(
    "/db/cluster_iib_output_job_start",
    dependencies=[Depends(WRITE)],
    response_model=JobStarted,
    summary="Start a clustering",
)
def start_clustering(body: ClusterBody, request: Request) -> Response:
    """Start a clustering job. Invalid requests and missing configuration are refused before the job starts."""
    services = services_of(request)
    params = cluster_params(services, body, services.authorizer.allowed_paths())
    return fast_json({"job_id": services.semantic.start_clustering(params)})


@router.get(
    "/db/cluster_iib_output_job_status",
    dependencies=[Depends(READ)],
    response_model=ClusterJobStatus,
    summary="Progress of a clustering",
)
def clustering_status(request: Request, job_id: str, status_style: str = "") -> Response:
    """Status of a job, with its result if completed. `status_style=legacy` uses the statuses `done` and `error`."""
    services = services_of(request)
    state = services.semantic.status(job_id)
    return fast_json(
        cluster_status_entry(services, state, services.authorizer.allowed_paths(), legacy=status_style == "legacy")
    )


@router.post(
    "/db/cluster_iib_output_job_cancel",
    dependencies=[Depends(WRITE)],
    response_model=JobCancelled,
    summary="Stop a clustering",
)
def cancel_clustering(body: JobBody, request: Request) -> Response:
    """Cancel a clustering job. Its finished embeddings are kept."""
    return fast_json({"cancelled": services_of(request).semantic.cancel(body.job_id)})


@router.post(
    "/db/cluster_iib_output_cached",
    dependencies=[Depends(READ)],
    response_model=CachedClusters,
    summary="The latest result of a clustering",
)
def cached_clustering(body: ClusterBody, request: Request) -> Response:
    """The latest stored result; nothing is computed. `stale_reason` names the changes since then."""
    services = services_of(request)
    allowed = services.authorizer.allowed_paths()
    cached = services.semantic.cached(cluster_params(services, body, allowed))
    return fast_json(cached_clustering_entry(services, cached, allowed))


@router.post(
    "/db/search_iib_output_by_prompt",
    dependencies=[Depends(READ)],
    response_model=PromptHits,
    summary="Semantic search",
)
def search_by_prompt(body: PromptSearchBody, request: Request) -> Response:
    """Files by similarity to a text, best first, ties by id. Needs write permission unless `ensure_embed` is false."""
    services = services_of(request)
    if body.ensure_embed:
        check_write(request, services)
    if not body.query.strip():
        raise InvalidRequest("query must not be empty")
    allowed = services.authorizer.allowed_paths()
    query = PromptQuery(
        text=body.query[:MAX_QUERY],
        scope=folder_scope(services, body, allowed),
        model=body.model,
        top_k=clamp(body.top_k, 1, MAX_TOP_K),
        min_score=min(1.0, max(-1.0, body.min_score)),
        ensure_embed=body.ensure_embed,
        max_chars=clamp(body.max_chars, MIN_CHARS, MAX_CHARS),
        hybrid=body.hybrid,
    )
    result, model = services.semantic.search(query)
    return fast_json(
        {
            "query": body.query,
            "folder": query.scope.folders[0],
            "folders": list(query.scope.folders),
            "engine": model.engine,
            "model": model.model_name,
            "count": result.count,
            "top_k": query.top_k,
            "results": hit_entries(result.hits, allowed),
        }
    )


@router.post("/ai-chat", dependencies=[Depends(WRITE)], response_model=dict[str, object], summary="Ask the chat model")
def chat(body: ChatBody, request: Request) -> Response:
    """Forward a conversation to the AI service. The response is unchanged; with `stream` its events are relayed."""
    semantic = services_of(request).semantic
    chat_request = semantic.chat_body(body.messages, body.temperature, body.max_tokens)
    if not body.stream:
        return fast_json(semantic.chat.complete(chat_request))
    stack = ExitStack()
    chunks = stack.enter_context(
        semantic.chat_stream(chat_request)
    )  # errors of the service are raised before the first byte is sent
    return StreamingResponse(
        _relay(stack, chunks), media_type="text/event-stream", headers={"Cache-Control": "no-store"}
    )


def _relay(stack: ExitStack, chunks: Iterator[bytes]) -> Iterator[bytes]:
    with stack:
        try:
            yield from chunks
        except IIBError as error:
            yield b"data: " + orjson.dumps({"error": {"message": error.message, "code": error.code}}) + b"\n\n"
