/** Types for the grid and the viewer. Nothing in this folder uses Vue or sends requests. */

/** The results of one local day; all results when the key is empty. */
export interface Bucket {
  readonly key: string
  readonly start: number
  readonly count: number
}

/** A range of results as the server sends it. All arrays have the same length. */
export interface Columns {
  readonly start: number
  readonly id: readonly number[]
  readonly w: readonly number[]
  readonly h: readonly number[]
  /** Milliseconds since the epoch. */
  readonly time: readonly number[]
  /** 0 image, 1 video, 2 audio. */
  readonly kind: readonly number[]
  /** Base64, null while there is none. */
  readonly thumbhash: readonly (string | null)[]
  /** 0 to 5 stars. */
  readonly rating?: readonly number[]
  /** 1 pick, 0 none, -1 reject. */
  readonly flag?: readonly number[]
}

/** Results in a fixed order, the input of the grid. */
export interface ResultSource {
  readonly token: string
  readonly total: number
  /** False when there are more results than `total`. */
  readonly exact: boolean
  readonly buckets: readonly Bucket[]
  /** Aspect ratio (width / height) x 1000 of every item. */
  readonly layout: Uint16Array
  columns(start: number, count: number, signal?: AbortSignal): Promise<Columns>
}

/** One item of the results. */
export interface MediaItem {
  readonly position: number
  readonly id: number
  readonly width: number
  readonly height: number
  readonly time: number
  readonly kind: MediaKind
  readonly thumbhash: string | null
  readonly rating: number
  readonly flag: number
}

export type MediaKind = 'image' | 'video' | 'audio'

/** What people decide about a file: keep it, drop it, or nothing yet. */
export type Flag = 'pick' | 'reject' | 'none'

export const KINDS: readonly MediaKind[] = ['image', 'video', 'audio']
