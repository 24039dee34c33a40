import { errorFrom, isAbort, toAppError } from './errors'

export interface RequestOptions {
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  readonly body?: unknown
  readonly signal?: AbortSignal | undefined
}

/** Called when the server wants the key; settles once the user has given one. */
export type AuthPrompt = () => Promise<void>

let askForKey: AuthPrompt | null = null

export function setAuthPrompt(keeper: AuthPrompt | null): void {
  askForKey = keeper
}

/** One request as it is, whatever comes of it. */
export async function requestOnce(url: string, options: RequestOptions = {}): Promise<Response> {
  const { method = 'GET', body, signal } = options
  const headers: Record<string, string> = { Accept: 'application/json' }
  if (body !== undefined) headers['Content-Type'] = 'application/json'
  let response: Response
  try {
    response = await fetch(url, {
      method,
      headers,
      signal: signal ?? null,
      body: body === undefined ? null : JSON.stringify(body),
    })
  } catch (error) {
    if (isAbort(error)) throw error
    throw toAppError(error)
  }
  if (response.ok) return response
  throw errorFrom(response.status, await response.json().catch(() => null))
}

/** One request; when the key is missing it is asked for and the request is sent again. */
export async function request(url: string, options: RequestOptions = {}): Promise<Response> {
  for (;;) {
    try {
      return await requestOnce(url, options)
    } catch (error) {
      if (isAbort(error) || toAppError(error).kind !== 'key' || askForKey === null) throw error
      await askForKey()
      options.signal?.throwIfAborted()
    }
  }
}

/** The types of `src/api/types.ts` are what the server promises; nothing is checked at run time. */
export async function getJson(url: string, options: RequestOptions = {}): Promise<unknown> {
  return (await request(url, options)).json()
}
