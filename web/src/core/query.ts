import { toggleTerm, type TermMode } from './clauses'
import { KINDS, type MediaKind } from './types'

export type Sort = 'newest' | 'oldest' | 'name' | 'size' | 'rating' | 'random' | 'manual'

export const SORTS: readonly Sort[] = ['newest', 'oldest', 'name', 'size', 'rating', 'random']
/** The manual order exists only in albums. */
export const ALBUM_SORTS: readonly Sort[] = ['manual', ...SORTS]

/** The query of the page. The address contains exactly this and the open item. */
export interface BrowseQuery {
  readonly text: string
  readonly regex: boolean
  readonly folder: string | null
  /** Whether subfolders are included. */
  readonly recursive: boolean
  /** Empty for all. */
  readonly kinds: readonly MediaKind[]
  readonly include: readonly number[]
  readonly exclude: readonly number[]
  readonly album: number | null
  readonly sort: Sort
  readonly seed: number
}

/** The body of `POST /v1/results`. */
export interface QueryBody {
  readonly q: string
  readonly regex: boolean
  /** Whether `q` uses the search language; false for plain text. */
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

/** Query parameters as the router gives them: absent, empty, single or repeated. */
export type Params = Readonly<Record<string, string | null | undefined | readonly (string | null)[]>>

function firstValue(value: Params[string]): string {
  if (typeof value === 'string') return value
  return Array.isArray(value) ? ((value as readonly (string | null)[])[0] ?? '') : ''
}

const isNumber = (text: string): boolean => /^\d{1,15}$/.test(text)

function numbers(text: string): number[] {
  return [...new Set(text.split(',').filter(isNumber).map(Number))]
}

const isKind = (text: string): text is MediaKind => (KINDS as readonly string[]).includes(text)
const isSort = (text: string): text is Sort => (ALBUM_SORTS as readonly string[]).includes(text)

/** Reads a query from the address. Invalid parameters get their defaults. */
export function fromParams(params: Params): BrowseQuery {
  const sort = firstValue(params['sort'])
  const seed = firstValue(params['seed'])
  const include = numbers(firstValue(params['tag']))
  const album = firstValue(params['album'])
  return {
    text: firstValue(params['q']),
    regex: firstValue(params['re']) === '1',
    folder: firstValue(params['folder']) || null,
    recursive: firstValue(params['flat']) !== '1',
    kinds: KINDS.filter((kind) => firstValue(params['kind']).split(',').filter(isKind).includes(kind)),
    include,
    exclude: numbers(firstValue(params['not'])).filter((id) => !include.includes(id)),
    album: isNumber(album) ? Number(album) : null,
    sort: isSort(sort) ? sort : 'newest',
    seed: isNumber(seed) ? Number(seed) : 0,
  }
}

/**
 * Reads an address of the original program: `?action=open&path=...&mode=...`. Null for any other address. The mode `walk`
 * includes subfolders. A path such as `txt2img` stands for a folder of the web UI, which `folders` contains by setting name.
 */
export function fromLegacyParams(params: Params, folders: Readonly<Record<string, string>>): BrowseQuery | null {
  const path = firstValue(params['path'])
  if (firstValue(params['action']) !== 'open' || path === '') return null
  const folder = folders[LEGACY_FOLDERS[path] ?? ''] ?? path
  return { ...EVERYTHING, folder, recursive: firstValue(params['mode']) === 'walk' }
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

/** The id of the open item in the address, null when there is none. */
export function itemOf(params: Params): number | null {
  const item = firstValue(params['item'])
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

/** Whether the query excludes anything. The sort order does not count. */
export function isFiltered(query: BrowseQuery): boolean {
  const { text, folder, kinds, include, exclude, album } = query
  return text.trim() !== '' || folder !== null || kinds.length > 0 || include.length > 0 || exclude.length > 0 || album !== null
}

export function sameBody(first: QueryBody, second: QueryBody): boolean {
  return JSON.stringify(first) === JSON.stringify(second)
}

export type TagMode = 'include' | 'exclude' | 'none'

export function tagMode(query: BrowseQuery, id: number): TagMode {
  if (query.include.includes(id)) return 'include'
  return query.exclude.includes(id) ? 'exclude' : 'none'
}

export function withTag(query: BrowseQuery, id: number, mode: TagMode): BrowseQuery {
  const include = query.include.filter((other) => other !== id)
  const exclude = query.exclude.filter((other) => other !== id)
  if (mode === 'include') include.push(id)
  if (mode === 'exclude') exclude.push(id)
  return { ...query, include, exclude }
}

/** Adds, inverts or removes a term of the search language. A regular expression in the search box becomes one term. */
export function toggleSearchTerm(query: BrowseQuery, target: string, mode: TermMode): BrowseQuery {
  const pattern = query.text.trim()
  const text = query.regex && pattern !== '' ? `/${pattern.replace(/(?<!\\)\//g, '\\/')}/` : query.text
  return { ...query, regex: false, text: toggleTerm(text, target, mode) }
}

/** Whether two queries have the same address. */
export const sameQuery = (first: BrowseQuery, second: BrowseQuery): boolean =>
  JSON.stringify(toParams(first)) === JSON.stringify(toParams(second))

const isText = (value: unknown): value is string => typeof value === 'string'
const ids = (value: unknown): number[] => (Array.isArray(value) ? value.filter((id): id is number => Number.isSafeInteger(id)) : [])

/** Reads a saved search, in the form of this page or of the API. Invalid values get their defaults. */
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
