import { term } from './clauses'
import { TAG_KINDS } from './tagKinds'
import type { Flag, MediaKind } from './types'

/** All details of a file, the answer of `GET /v1/media/{id}`. */
export interface MediaDetail {
  readonly id: number
  readonly path: string
  readonly name: string
  readonly folder: string
  readonly kind: MediaKind
  readonly bytes: number
  readonly size: string
  readonly width: number | null
  readonly height: number | null
  readonly duration_ms: number | null
  readonly date: string
  readonly mtime: number
  readonly created_time: string
  readonly missing: boolean
  readonly problem: string | null
  readonly tags: readonly MediaTag[]
  readonly rating: number
  readonly flag: Flag
  readonly albums: readonly { readonly id: number; readonly name: string }[]
  readonly text: string
  readonly geninfo: GenInfo | null
}

export interface MediaTag {
  readonly id: number
  readonly name: string
  readonly type: string
  readonly color: string
}

export interface Resource {
  readonly name: string
  readonly hash: string | null
  readonly kind: string
  readonly weight?: number | null
  readonly clip_weight?: number | null
}

export interface RawText {
  readonly place: string
  readonly key: string
  readonly text: string
}

/** A sampling pass. */
export interface Stage {
  readonly sampler: string | null
  readonly scheduler: string | null
  readonly steps: number | null
  readonly cfg: number | null
  readonly seed: string | null
  readonly denoise: number | null
}

export interface GenInfo {
  readonly tool: string | null
  readonly tool_version: string | null
  readonly prompt: string | null
  readonly negative_prompt: string | null
  readonly characters: readonly { readonly prompt: string; readonly negative: string }[]
  readonly models: readonly Resource[]
  readonly loras: readonly Resource[]
  readonly embeddings: readonly string[]
  readonly vae: string | null
  readonly sampler: string | null
  readonly scheduler: string | null
  readonly steps: number | null
  readonly cfg: number | null
  readonly guidance: number | null
  /** A string, since a number cannot hold 64 bits. */
  readonly seed: string | null
  readonly width: number | null
  readonly height: number | null
  readonly denoise: number | null
  readonly hires: Readonly<Record<string, unknown>>
  readonly stages: readonly Stage[]
  readonly parameters: Readonly<Record<string, unknown>>
  readonly prompt_parts: readonly string[]
  readonly negative_parts: readonly string[]
  readonly is_generated: boolean | null
  /** The part of the file each field was read from. */
  readonly source: Readonly<Record<string, string>>
  /** Confidence of inferred fields, 0 to 1. */
  readonly confidence: Readonly<Record<string, number>>
  readonly notes: readonly string[]
  readonly raw: readonly RawText[]
}

/** An edit made in the info panel. */
export type InfoEdit =
  | { readonly kind: 'rate'; readonly rating: number }
  | { readonly kind: 'flag'; readonly flag: Flag }
  | { readonly kind: 'untag'; readonly tag: number }
  | { readonly kind: 'tag' }
  | { readonly kind: 'album' }

/** Any JSON value as text for a table. */
export function plainText(value: unknown): string {
  if (value === null || value === undefined) return ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** A duration as `1:02:03` or `2:03`. */
export function clockTime(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000)
  const pad = (value: number): string => String(value).padStart(2, '0')
  const minutes = Math.floor(seconds / 60) % 60
  const hours = Math.floor(seconds / 3600)
  return hours > 0 ? `${hours}:${pad(minutes)}:${pad(seconds % 60)}` : `${minutes}:${pad(seconds % 60)}`
}

const THUMBNAIL_SIZES = [128, 256, 512, 1024]
/** A thumbnail may be enlarged by this factor before the next size is used. */
const STRETCH = 1.3

/** The thumbnail size for a cell. There are only a few sizes, so that caches still match when the grid changes. */
export function thumbnailSize(longestSide: number, pixelRatio: number): number {
  const target = longestSide * pixelRatio
  return THUMBNAIL_SIZES.find((size) => size * STRETCH >= target) ?? 1024
}

/** A clicked value of the info panel. */
export interface InfoSearch {
  readonly value: string
  readonly kind: string
  /** Id of the tag with exactly this name, null when there is none. With a tag, the search is for the whole name. */
  readonly tag: number | null
  readonly exclude: boolean
}

const NAME_FIELDS: ReadonlySet<string> = new Set(['model', 'lora', 'sampler', 'scheduler', 'tool'])
const VALUE_FIELDS: ReadonlySet<string> = new Set(['seed', 'steps', 'cfg', 'size', 'folder', 'prompt'])

/** The search term that finds all files with the value. */
export function infoTerm({ value, kind, tag }: InfoSearch): string {
  if (kind === 'tag') return term('tag', value)
  if (kind === 'word') return term('prompt', value)
  if (NAME_FIELDS.has(kind)) return term(kind, value, tag !== null)
  if (kind === 'embedding') return term('prompt', value)
  return VALUE_FIELDS.has(kind) ? term(kind, value) : term('text', value)
}

const { model, lora, sampler, tool } = TAG_KINDS
/** Kinds of tags by the kind of value they stand for. */
const VALUE_TAG_KINDS: Readonly<Record<string, string>> = { model, lora, sampler, tool }

/** Id of the tag that the indexer created for a value, null when there is none. */
export function tagOf(tags: readonly MediaTag[], kind: string, value: string): number | null {
  const type = VALUE_TAG_KINDS[kind]
  return tags.find((tag) => tag.type === type && tag.name === value)?.id ?? null
}

/** Splits tags into custom tags, words of the prompt, and those that no other part of the panel shows. */
export function groupMediaTags(tags: readonly MediaTag[]): { custom: MediaTag[]; words: MediaTag[]; other: MediaTag[] } {
  const shownElsewhere = new Set<string>(Object.values(TAG_KINDS))
  return {
    custom: tags.filter((tag) => tag.type === TAG_KINDS.custom),
    words: tags.filter((tag) => tag.type === TAG_KINDS.promptWord),
    other: tags.filter((tag) => !shownElsewhere.has(tag.type)),
  }
}
