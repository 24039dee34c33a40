import type { paths } from './generated/schema'

/** Kinds of errors that the page tells apart. Each has a text in the locales: `errors.<kind>`. */
export const ERROR_KINDS = [
  'offline',
  'key',
  'attempts',
  'busy',
  'readonly',
  'denied',
  'gone',
  'notFound',
  'conflict',
  'tooLarge',
  'invalid',
  'unsupported',
  'notConfigured',
  'aiService',
  'server',
] as const
export type ErrorKind = (typeof ERROR_KINDS)[number]

/** The invalid part of a query. `position` and `length` count code points, not UTF-16 units. */
export interface QueryErrorLocation {
  readonly position: number
  readonly length: number
  readonly suggestion: string | null
  readonly message: string
}

/** The part of a file operation that succeeded before the error. `operation` is its id, for undo. */
export interface PartialResult {
  readonly done: number
  readonly operation: number
}

export class AppError extends Error {
  constructor(
    readonly kind: ErrorKind,
    readonly status: number,
    /** The message of the server, empty when it sent none. */
    readonly detail: string,
    readonly location: QueryErrorLocation | null = null,
    readonly partial: PartialResult | null = null,
  ) {
    super(detail === '' ? kind : detail)
    this.name = 'AppError'
  }
}

type Responses = { [P in keyof paths]: { [V in keyof paths[P]]: paths[P][V] extends { responses: infer R } ? keyof R : never }[keyof paths[P]] }[keyof paths]
/** Every error status in the OpenAPI document. */
type ErrorStatus = Exclude<Extract<Responses, number>, 200 | 206 | 304>

/** Does not compile when the server documents a status that is missing here. */
const KINDS: Readonly<Record<ErrorStatus, ErrorKind>> = {
  400: 'invalid',
  401: 'key',
  403: 'denied',
  404: 'notFound',
  408: 'invalid',
  409: 'conflict',
  410: 'gone',
  413: 'tooLarge',
  416: 'invalid',
  422: 'invalid',
  429: 'busy',
  500: 'server',
  501: 'unsupported',
  502: 'aiService',
  503: 'notConfigured',
  504: 'aiService',
}
const kindOf = (status: number): ErrorKind => (KINDS as Readonly<Record<number, ErrorKind>>)[status] ?? 'server'

const KEY_NEEDED = 'secret_verification_failed'
/** The server sends no code for these two; their messages differ from all others of the same status. */
const READ_ONLY = 'read-write'
const WRONG_KEYS = 'wrong keys'

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

/** The message in `detail`: a string, an object with a type, or a list of validation errors. */
function messageOf(detail: unknown): string {
  if (typeof detail === 'string') return detail
  if (Array.isArray(detail)) return detail.map(messageOf).filter(Boolean).join('; ')
  if (!isRecord(detail)) return ''
  const message = detail['msg'] ?? detail['message'] ?? detail['type']
  return typeof message === 'string' ? message : ''
}

function locationOf(body: unknown): QueryErrorLocation | null {
  if (!isRecord(body)) return null
  const error = body['error']
  if (!isRecord(error) || error['type'] !== 'query_error') return null
  const { position, length, suggestion, message } = error
  if (typeof position !== 'number' || typeof length !== 'number') return null
  return { position, length, suggestion: typeof suggestion === 'string' ? suggestion : null, message: typeof message === 'string' ? message : messageOf(body['detail']) }
}

function partialOf(body: unknown): PartialResult | null {
  if (!isRecord(body)) return null
  const { deleted, operation_id: operation } = body
  return Array.isArray(deleted) && typeof operation === 'number' ? { done: deleted.length, operation } : null
}

export function errorFrom(status: number, body: unknown): AppError {
  const detail = isRecord(body) ? body['detail'] : undefined
  const type = isRecord(detail) ? detail['type'] : undefined
  const text = messageOf(detail)
  if (status === 401) return new AppError(type === KEY_NEEDED ? 'key' : 'denied', status, text)
  if (status === 403 && text.includes(READ_ONLY)) return new AppError('readonly', status, text)
  if (status === 429 && text.includes(WRONG_KEYS)) return new AppError('attempts', status, text)
  return new AppError(kindOf(status), status, text, locationOf(body), partialOf(body))
}

export const isAbort = (error: unknown): boolean => error instanceof DOMException && error.name === 'AbortError'

/** Converts anything thrown to an `AppError`. A `TypeError` comes from `fetch` and means that the server cannot be reached. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error
  if (error instanceof TypeError) return new AppError('offline', 0, '')
  return new AppError('server', 0, error instanceof Error ? error.message : String(error))
}
