/** What went wrong, in terms the page can act on; the sentence for it is chosen where it is shown. */
export type ErrorKind = 'offline' | 'key' | 'attempts' | 'readonly' | 'denied' | 'gone' | 'notFound' | 'invalid' | 'server'

/** Counted in characters, not in UTF-16 units. */
export interface QueryErrorLocation {
  readonly position: number
  readonly length: number
  readonly suggestion: string | null
  readonly message: string
}

/** What was done before it went wrong, and the operation that can be undone. */
export interface PartialResult {
  readonly done: number
  readonly operation: number
}

export class AppError extends Error {
  constructor(
    readonly kind: ErrorKind,
    readonly status: number,
    /** The server's own words, empty when it had none. */
    readonly detail: string,
    /** Which part of a query cannot be read. */
    readonly place: QueryErrorLocation | null = null,
    readonly part: PartialResult | null = null,
  ) {
    super(detail === '' ? kind : detail)
    this.name = 'AppError'
  }
}

const KINDS: Readonly<Record<number, ErrorKind>> = {
  400: 'invalid',
  401: 'key',
  403: 'denied',
  404: 'notFound',
  408: 'invalid',
  410: 'gone',
  422: 'invalid',
  429: 'attempts',
}

const KEY_NEEDED = 'secret_verification_failed'

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

/** FastAPI answers with a sentence, an object with a type, or a list of complaints about fields. */
function sentence(detail: unknown): string {
  if (typeof detail === 'string') return detail
  if (Array.isArray(detail)) return detail.map(sentence).filter(Boolean).join('; ')
  if (!isRecord(detail)) return ''
  const said = detail['msg'] ?? detail['message'] ?? detail['type']
  return typeof said === 'string' ? said : ''
}

function pathOf(body: unknown): QueryErrorLocation | null {
  if (!isRecord(body)) return null
  const error = body['error']
  if (!isRecord(error) || error['type'] !== 'query_error') return null
  const { position, length, suggestion, message } = error
  if (typeof position !== 'number' || typeof length !== 'number') return null
  return { position, length, suggestion: typeof suggestion === 'string' ? suggestion : null, message: typeof message === 'string' ? message : sentence(body['detail']) }
}

function partOf(body: unknown): PartialResult | null {
  if (!isRecord(body)) return null
  const { deleted, operation_id: operation } = body
  return Array.isArray(deleted) && typeof operation === 'number' ? { done: deleted.length, operation } : null
}

export function errorFrom(status: number, body: unknown): AppError {
  const detail = isRecord(body) ? body['detail'] : undefined
  const type = isRecord(detail) ? detail['type'] : undefined
  const text = sentence(detail)
  if (status === 401) return new AppError(type === KEY_NEEDED ? 'key' : 'denied', status, text)
  if (status === 403 && text.includes('read-write')) return new AppError('readonly', status, text)
  return new AppError(KINDS[status] ?? 'server', status, text, pathOf(body), partOf(body))
}

export const isAbort = (error: unknown): boolean => error instanceof DOMException && error.name === 'AbortError'

/** Anything thrown, as one of ours: what is no answer at all means the server cannot be reached. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error
  if (error instanceof TypeError) return new AppError('offline', 0, '')
  return new AppError('server', 0, error instanceof Error ? error.message : String(error))
}
