"""Facade of `iib.organise`: a job in two parts, with the confirmation of the preview between them.

The row in the store determines the state and survives a restart. The job with the same id does the work.
"""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Callable
from dataclasses import replace

from iib.errors import Cancelled, IIBError, InvalidRequest, NotFound, NotReady
from iib.files import FileService, Plan
from iib.jobs import JobManager, Progress
from iib.model import JobId, JobStatus, Json, OrganiseRow, OrganiseStatus
from iib.organise.params import Confirmation, OrganiseParams
from iib.organise.preview import OrganisePreview, assignments_of, check_confirmation, make_preview
from iib.organise.state import PREVIEW_SHARE, MoveProgress, MoveResult, OrganiseState, result_of
from iib.semantic import SemanticService
from iib.store import Store

KIND = "organise"
PREPARING = (OrganiseStatus.QUEUED, OrganiseStatus.RUNNING)
UNDER_WAY = (*PREPARING, OrganiseStatus.MOVING)


class OrganiseService:
    """Starts requests to organise, previews them and carries them out. Thread-safe."""

    def __init__(
        self,
        *,
        store: Store,
        jobs: JobManager,
        files: FileService,
        semantic: SemanticService,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._jobs = jobs
        self._files = files
        self._semantic = semantic
        self._clock = clock
        self._lock = threading.Lock()
        self._moving: dict[str, MoveProgress] = {}
        jobs.register(KIND, self._run)

    def start(self, params: OrganiseParams) -> str:
        """Start a request, or return the one of the same parameters that prepares its preview."""
        text = json.dumps(params.dump(), sort_keys=True)
        with self._lock:
            with self._store.read() as unit:
                rows = [row for status in PREPARING for row in unit.organise.list_with_status(status)]
            for row in rows:
                if row.params == text and not self._status_of(row)[0].is_final:
                    return row.job_id
            job_id = self._jobs.start(KIND, params.dump(), single_flight=False)
            self._add(job_id, text)
        return job_id

    def state(self, job_id: str, *, with_preview: bool = True) -> OrganiseState:
        """The current state of a request. Raises `NotFound`."""
        row = self._row(job_id)
        status, message = self._status_of(row)
        moving = self._moving.get(job_id)
        counters: dict[str, int | str] = {}
        percent, stage = 1.0, status.value
        if status in PREPARING or row.preview is None:
            clustering = self._semantic.clustering_progress(job_id)
            counters, percent = dict(clustering.counters), clustering.percent * PREVIEW_SHARE
            if status is OrganiseStatus.RUNNING:
                stage = "planning" if clustering.stage == "done" else clustering.stage
        elif status is OrganiseStatus.PREVIEW_READY:
            percent = PREVIEW_SHARE
        elif status is OrganiseStatus.MOVING:
            share = moving.done / moving.total if moving is not None and moving.total else 0.0
            percent = PREVIEW_SHARE + (1 - PREVIEW_SHARE) * share
        return OrganiseState(
            row=row,
            status=status,
            params=OrganiseParams.load(json.loads(row.params)),
            stage=stage,
            counters=counters,
            percent=percent,
            message=message,
            preview=_preview_of(row) if row.preview is not None and with_preview else None,
            moving=moving,
            result=MoveResult.load(row.result) if status.is_final and row.result else None,
        )

    def confirm(self, job_id: str, answer: Confirmation, *, wait: bool = False) -> None:
        """Confirm the preview, so that it is carried out; with `wait` as soon as it is ready.

        Raises `NotFound`, `NotReady`, `InvalidRequest`, in each case without a change.
        """
        may_wait = wait and self._status_of(self._row(job_id))[0] in PREPARING
        with self._store.write() as unit:
            row = unit.organise.find(job_id)
            if row is None:
                raise NotFound(f"no organising {job_id}")
            is_early = row.status in PREPARING and may_wait and not row.confirmation
            is_ready = row.status is OrganiseStatus.PREVIEW_READY
            if is_ready:
                check_confirmation(_preview_of(row), answer, OrganiseParams.load(json.loads(row.params)))
            if is_ready or is_early:
                status = OrganiseStatus.MOVING if is_ready else row.status
                unit.organise.save(
                    replace(row, status=status, confirmation=answer.dump(), message="", updated_at=self._clock())
                )
        if is_ready:
            self._continue(row)
        elif not is_early:
            status = self._status_of(row)[0]
            was = "was confirmed already" if row.confirmation else "cannot be confirmed"
            raise NotReady(f"this organising {was}: it is {status.value}", status.value)

    def cancel(self, job_id: str) -> bool:
        """Cancel a preview, or stop a move after the current file; False if it has ended. Raises `NotFound`."""
        if self._status_of(self._row(job_id))[0].is_final:
            return False
        with self._store.write() as unit:
            row = unit.organise.find(job_id)
            if row is not None and row.status is OrganiseStatus.PREVIEW_READY:
                unit.organise.save(
                    replace(row, status=OrganiseStatus.CANCELLED, message="cancelled", updated_at=self._clock())
                )
                return True
        return self._jobs.cancel(JobId(job_id))

    def resume(self) -> None:
        """Continue the requests of an earlier process. The journal has finished their file operations before."""
        self._jobs.resume_interrupted(KIND)
        with self._store.read() as unit:
            rows = [row for status in UNDER_WAY for row in unit.organise.list_with_status(status)]
        for row in rows:
            status, message = self._status_of(row)
            if status.is_final:  # its job has ended without an update of the row
                self._change(row.job_id, status=status, message=message)
            elif status is OrganiseStatus.MOVING and self._job_status(row.job_id) is JobStatus.COMPLETED:
                self._continue(row)  # interrupted between the confirmation and the move

    # --- the job

    def _run(self, values: dict[str, Json], progress: Progress) -> str:
        """Job function: prepare the preview, or carry out the confirmed one."""
        params = OrganiseParams.load(values)
        row = self._add(progress.job_id, json.dumps(params.dump(), sort_keys=True))
        try:
            if row.status in PREPARING:
                row = self._prepare(row, params, progress)
            if row.status is OrganiseStatus.MOVING:
                return self._carry_out(row, params, progress)
        except IIBError as error:
            if not progress.is_closing:  # otherwise the next start continues
                is_cancelled = isinstance(error, Cancelled)
                status = OrganiseStatus.CANCELLED if is_cancelled else OrganiseStatus.FAILED
                self._change(row.job_id, status=status, message=error.message)
            raise
        return row.message or f"a preview of {_preview_of(row).total} files waits for confirmation"

    def _prepare(self, row: OrganiseRow, params: OrganiseParams, progress: Progress) -> OrganiseRow:
        self._change(row.job_id, status=OrganiseStatus.RUNNING)
        clustering = self._semantic.run_clustering(params.clustering, progress)
        progress.update(stage="planning", done=0, total=0)
        members = [media_id for cluster in clustering.clusters for media_id in cluster.members]
        preview = make_preview(
            clustering,
            self._semantic.paths([*members, *clustering.noise]),
            params,
            unchanged=self._semantic.count_without_embedding(clustering),
            plan=lambda assignments: self._files.preview_organise(
                assignments, params.destination, is_copy=params.is_copy
            ),
        )
        progress.check()
        with self._store.write() as unit:
            current = unit.organise.find(row.job_id)
            assert current is not None  # noqa: S101  (added before; kept while it is under way)
            ready = replace(
                current, status=OrganiseStatus.PREVIEW_READY, preview=preview.pack(), updated_at=self._clock()
            )
            if current.confirmation:  # before the preview was ready
                try:
                    check_confirmation(preview, Confirmation.load(current.confirmation), params)
                    ready = replace(ready, status=OrganiseStatus.MOVING)
                except InvalidRequest as error:
                    ready = replace(ready, confirmation="", message=f"not confirmed: {error.message}")
            unit.organise.save(ready)
        return ready

    def _carry_out(self, row: OrganiseRow, params: OrganiseParams, progress: Progress) -> str:
        moving = self._moving[row.job_id] = MoveProgress()
        try:
            result = self._moved(row, params, progress, moving)
        finally:
            self._moving.pop(row.job_id, None)
        message = result.describe("copied" if params.is_copy else "moved")
        self._change(row.job_id, status=OrganiseStatus.COMPLETED, message=message, result=result.dump())
        if result.left_count:
            raise Cancelled(message)
        return message

    def _moved(self, row: OrganiseRow, params: OrganiseParams, progress: Progress, moving: MoveProgress) -> MoveResult:
        """Carry out the moves, unless the journal has recorded them. The job id is the token of the operation."""
        record = self._files.summary(row.job_id)
        if record is not None:
            return result_of(record, MoveResult.load(row.result).errors, was_interrupted=True)

        def on_planned(plan: Plan) -> None:
            moving.begin(plan)
            self._change(row.job_id, result=MoveResult(errors=tuple(moving.errors)).dump())

        def on_item(item: int, failed: int) -> bool:
            moving.advance_to(item, failed)
            try:
                progress.update(stage="moving", done=moving.done, total=moving.total, errors=len(moving.errors))
            except Cancelled:
                if progress.is_closing:
                    raise
                return False
            return True

        self._files.organise(
            assignments_of(_preview_of(row), Confirmation.load(row.confirmation), params),
            params.destination,
            is_copy=params.is_copy,
            token=row.job_id,
            on_planned=on_planned,
            on_item=on_item,
        )
        unplanned = MoveResult.load(self._row(row.job_id).result).errors
        return result_of(self._files.summary(row.job_id), unplanned, was_interrupted=False)

    # --- rows

    def _row(self, job_id: str) -> OrganiseRow:
        with self._store.read() as unit:
            row = unit.organise.find(job_id)
        if row is None:
            raise NotFound(f"no organising {job_id}")
        return row

    def _add(self, job_id: str, params: str) -> OrganiseRow:
        """The row of this request, added if it is new; both `start` and the job call this."""
        now = self._clock()
        with self._store.write() as unit:
            row = unit.organise.find(job_id)
            if row is None:
                row = OrganiseRow(job_id, OrganiseStatus.QUEUED, now, now, params)
                unit.organise.add(row)
        return row

    def _change(self, job_id: str, **values: object) -> None:
        with self._store.write() as unit:
            row = unit.organise.find(job_id)
            if row is not None:
                unit.organise.save(replace(row, updated_at=self._clock(), **values))  # type: ignore[arg-type]

    def _continue(self, row: OrganiseRow) -> None:
        with contextlib.suppress(InvalidRequest):  # the program ends; the next start continues from the row
            self._jobs.run_again(JobId(row.job_id), KIND, json.loads(row.params))

    def _job_status(self, job_id: str) -> JobStatus | None:
        try:
            return self._jobs.get(JobId(job_id)).status
        except NotFound:
            return None

    def _status_of(self, row: OrganiseRow) -> tuple[OrganiseStatus, str]:
        """(status, message) of the row, or of the job if it has ended without an update of the row."""
        if row.status.is_final or row.status is OrganiseStatus.PREVIEW_READY:
            return row.status, row.message
        try:
            job = self._jobs.get(JobId(row.job_id))
        except NotFound:
            return OrganiseStatus.FAILED, "interrupted"
        if job.status is JobStatus.FAILED:
            return OrganiseStatus.FAILED, job.message
        if job.status is JobStatus.CANCELLED:
            return OrganiseStatus.CANCELLED, job.message
        return row.status, row.message


def _preview_of(row: OrganiseRow) -> OrganisePreview:
    assert row.preview is not None  # noqa: S101  (these states come after the preview)
    return OrganisePreview.unpack(row.preview)
