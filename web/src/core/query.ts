import { toggleTerm, type TermMode } from './clauses'
import { KINDS, type MediaKind } from './types'

export type Sort = 'newest' | 'oldest' | 'name' | 'size' | 'rating' | 'random' | 'manual'

export const SORTS: readonly Sort[] = ['newest', 'oldest', 'name', 'size', 'rating', 'random']
/** An album's own order is offered only there. */
export const ALBUM_SORTS: readonly Sort[] = ['manual', ...SORTS]

/** What is looked at. The address bar holds exactly this, and the item that is open. */
export interface BrowseQuery {
  readonly text: string
  readonly regex: boolean
  readonly folder: string | null
  /** Whether what lies in the folders below is shown too. */
  readonly recursive: boolean
  /** Empty for all. */
  readonly kinds: readonly MediaKind[]
  readonly include: readonly number[]
  readonly exclude: readonly number[]
  readonly album: number | null
  readonly sort: Sort
  readonly seed: number
}

/** The query object of `POST /v1/results`. */
export interface QueryBody {
  readonly q: string
  readonly regex: boolean
  /** Whether `q` is in the search language and not plain text. */
  readonly language: boolean
  readonly folder: string | null
  readonly recursive: boolean
  readonly kinds: readonly MediaKind[]
  readonly and_tags: readonly number[]
  readonly or_tags: readonly number[]
  readonly not_tags: readonly number[]
  /** 0 for all. */
  readonly rating_min: number
  /** Empty for all. */
  readonly flag: string
  readonly album: number | null
  readonly sort: Sort
  readonly seed: number
}

export const EVERYTHING: BrowseQuery = {
  text: '',
  regex: false,
  folder: null,
  recursive: true,
  kinds: [],
  include: [],
  exclude: [],
  album: null,
  sort: 'newest',
  seed: 0,
}

/** Parameters as a router gives them: absent, empty, single or repeated. */
export type Params = Readonly<Record<string, string | null | undefined | readonly (string | null)[]>>

function one(value: Params[string]): string {
  if (typeof value === 'string') return value
  return Array.isArray(value) ? ((value as readonly (string | null)[])[0] ?? '') : ''
}

const isNumber = (text: string): boolean => /^\d{1,15}$/.test(text)

function numbers(text: string): number[] {
  return [...new Set(text.split(',').filter(isNumber).map(Number))]
}

const isKind = (text: string): text is MediaKind => (KINDS as readonly string[]).includes(text)
const isSort = (text: string): text is Sort => (ALBUM_SORTS as readonly string[]).includes(text)

/** Reads an address; what it does not understand it leaves at its default. */
export function fromParams(params: Params): BrowseQuery {
  const sort = one(params['sort'])
  const seed = one(params['seed'])
  const include = numbers(one(params['tag']))
  const album = one(params['album'])
  return {
    text: one(params['q']),
    regex: one(params['re']) === '1',
    folder: one(params['folder']) || null,
    recursive: one(params['flat']) !== '1',
    kinds: KINDS.filter((kind) => one(params['kind']).split(',').filter(isKind).includes(kind)),
    include,
    exclude: numbers(one(params['not'])).filter((id) => !include.includes(id)),
    album: isNumber(album) ? Number(album) : null,
    sort: isSort(sort) ? sort : 'newest',
    seed: isNumber(seed) ? Number(seed) : 0,
  }
}

/**
 * Addresses of the program this one can stand in for: `?action=open&path=...&mode=...`. Null for any other.
 * `walk` shows everything below; words stand for folders of a web UI, which `known` names by its own keys.
 */
export function fromLegacyParams(params: Params, known: Readonly<Record<string, string>>): BrowseQuery | null {
  const path = one(params['path'])
  if (one(params['action']) !== 'open' || path === '') return null
  const folder = known[LEGACY_FOLDERS[path] ?? ''] ?? path
  return { ...EVERYTHING, folder, recursive: one(params['mode']) === 'walk' }
}

const LEGACY_FOLDERS: Readonly<Record<string, string>> = {
  txt2img: 'outdir_txt2img_samples',
  img2img: 'outdir_img2img_samples',
  extra: 'outdir_extras_samples',
  save: 'outdir_save',
}

/** The shortest address for a query: defaults are left out. */
export function toParams(query: BrowseQuery): Record<string, string> {
  const params: Record<string, string> = {}
  if (query.text !== '') params['q'] = query.text
  if (query.regex) params['re'] = '1'
  if (query.folder !== null) params['folder'] = query.folder
  if (query.folder !== null && !query.recursive) params['flat'] = '1'
  if (query.kinds.length > 0 && query.kinds.length < KINDS.length) params['kind'] = query.kinds.join(',')
  if (query.include.length > 0) params['tag'] = query.include.join(',')
  if (query.exclude.length > 0) params['not'] = query.exclude.join(',')
  if (query.album !== null) params['album'] = String(query.album)
  if (query.sort !== 'newest') params['sort'] = query.sort
  if (query.sort === 'random' && query.seed !== 0) params['seed'] = String(query.seed)
  return params
}

/** The item named by an address, null when there is none. */
export function itemOf(params: Params): number | null {
  const item = one(params['item'])
  return isNumber(item) ? Number(item) : null
}

export function toBody(query: BrowseQuery): QueryBody {
  const text = query.text.trim()
  const regex = query.regex && text !== ''
  return {
    q: text,
    regex,
    language: !regex,
    folder: query.folder,
    recursive: query.recursive,
    kinds: query.kinds,
    and_tags: query.include,
    or_tags: [],
    not_tags: query.exclude,
    rating_min: 0,
    flag: '',
    album: query.album,
    sort: query.sort === 'manual' && query.album === null ? 'newest' : query.sort,
    seed: query.sort === 'random' ? query.seed : 0,
  }
}

/** Whether anything narrows the view (sorting does not). */
export function isFiltered(query: BrowseQuery): boolean {
  const { text, folder, kinds, include, exclude, album } = query
  return text.trim() !== '' || folder !== null || kinds.length > 0 || include.length > 0 || exclude.length > 0 || album !== null
}

export function sameBody(one: QueryBody, other: QueryBody): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}

export type TagMode = 'include' | 'exclude' | 'none'

export function tagMode(query: BrowseQuery, id: number): TagMode {
  if (query.include.includes(id)) return 'include'
  return query.exclude.includes(id) ? 'exclude' : 'none'
}

export function withTag(query: BrowseQuery, id: number, mode: TagMode): BrowseQuery {
  const include = query.include.filter((known) => known !== id)
  const exclude = query.exclude.filter((known) => known !== id)
  if (mode === 'include') include.push(id)
  if (mode === 'exclude') exclude.push(id)
  return { ...query, include, exclude }
}

/** The query with a term of the search language added, turned round or taken away. A pattern becomes a part of it. */
export function toggleSearchTerm(query: BrowseQuery, wanted: string, mode: TermMode): BrowseQuery {
  const pattern = query.text.trim()
  const text = query.regex && pattern !== '' ? `/${pattern.replace(/(?<!\\)\//g, '\\/')}/` : query.text
  return { ...query, regex: false, text: toggleTerm(text, wanted, mode) }
}

/** Two queries that have the same address show the same. */
export const sameQuery = (one: BrowseQuery, other: BrowseQuery): boolean => JSON.stringify(toParams(one)) === JSON.stringify(toParams(other))

const isText = (value: unknown): value is string => typeof value === 'string'
const ids = (value: unknown): number[] => (Array.isArray(value) ? value.filter((one): one is number => Number.isSafeInteger(one)) : [])

/** A query that was saved, by this page or by another program in the words of the API; the rest is left at its default. */
export function fromSavedSearch(stored: Readonly<Record<string, unknown>>): BrowseQuery {
  const text = stored['text'] ?? stored['q']
  const { folder, kinds, sort, album, seed } = stored
  return {
    text: isText(text) ? text : '',
    regex: stored['regex'] === true,
    folder: isText(folder) && folder !== '' ? folder : null,
    recursive: stored['recursive'] !== false,
    kinds: KINDS.filter((kind) => Array.isArray(kinds) && kinds.includes(kind)),
    include: ids(stored['include'] ?? stored['and_tags']),
    exclude: ids(stored['exclude'] ?? stored['not_tags']),
    album: Number.isSafeInteger(album) ? (album as number) : null,
    sort: isText(sort) && isSort(sort) ? sort : 'newest',
    seed: Number.isSafeInteger(seed) ? (seed as number) : 0,
  }
}
