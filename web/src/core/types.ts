/** The shapes the grid and the viewer are fed with. No Vue, no fetching in this folder. */

/** One run of a result set that shares a header: one local day, or everything when the key is empty. */
export interface Bucket {
  readonly key: string
  readonly start: number
  readonly count: number
}

/** What a range of a result set looks like on the wire; every array has the same length. */
export interface Columns {
  readonly start: number
  readonly id: readonly number[]
  readonly w: readonly number[]
  readonly h: readonly number[]
  /** Milliseconds since the epoch. */
  readonly time: readonly number[]
  /** 0 image, 1 video, 2 audio. */
  readonly kind: readonly number[]
  /** Base64, or null where none was made yet. */
  readonly thumbhash: readonly (string | null)[]
  /** 0 to 5 stars. */
  readonly rating?: readonly number[]
  /** 1 picked, -1 rejected. */
  readonly flag?: readonly number[]
}

/** A frozen order of media: the one thing every view hands to the grid. */
export interface ResultSource {
  readonly token: string
  readonly total: number
  /** False when there are more than `total`. */
  readonly exact: boolean
  readonly buckets: readonly Bucket[]
  /** Aspect ratio (width / height) x 1000 of every item. */
  readonly layout: Uint16Array
  columns(start: number, count: number, signal?: AbortSignal): Promise<Columns>
}

/** One row of the columns, picked out for a cell. */
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
