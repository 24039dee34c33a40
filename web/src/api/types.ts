import type { Bucket } from '../core/types'

/** What the v1 endpoints answer (docs/reference/v1-api.md). */

export interface OpenedResults {
  readonly token: string
  readonly total: number
  readonly exact: boolean
  readonly revision: number
  readonly took_ms: number
  readonly buckets: readonly Bucket[]
}

export interface FolderNode {
  readonly path: string
  readonly name: string
  readonly count: number
  readonly total: number
  readonly has_children: boolean
  readonly available: boolean
}

export type JobStatus = 'queued' | 'running' | 'completed' | 'failed' | 'cancelled'

export interface Job {
  readonly id: string
  readonly kind: string
  readonly status: JobStatus
  readonly stage: string
  readonly done: number
  readonly total: number
  readonly rate: number
  readonly eta_s: number | null
  readonly errors: number
  readonly message: string
  readonly created_at: number
  readonly updated_at: number
}

export interface LibraryState {
  readonly revision: number
  readonly total: number
}

export interface FileProblem {
  readonly id: number
  readonly path: string
  readonly problem: string
}

export interface ProblemList {
  readonly total: number
  readonly errors: readonly FileProblem[]
}

export interface Tag {
  readonly id: number
  readonly name: string
  readonly type: string
  readonly count: number
  readonly color: string
  readonly display_name: string | null
}

export interface ExtraPath {
  readonly path: string
  readonly types: readonly string[]
  readonly alias: string | null
}

export interface GlobalSetting {
  readonly extra_paths: readonly ExtraPath[]
  readonly app_fe_setting: Readonly<Record<string, unknown>>
  readonly is_readonly: boolean
  readonly is_win: boolean
  readonly enable_access_control: boolean
}
