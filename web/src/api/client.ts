import { errorFrom, isAbort, toAppError } from './errors'

export interface RequestOptions {
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  readonly body?: unknown
  readonly signal?: AbortSignal | undefined
}

/** Asks the user for the secret key. Resolves once the server has accepted one. */
export type AuthPrompt = () => Promise<void>

let authPrompt: AuthPrompt | null = null

export function setAuthPrompt(prompt: AuthPrompt | null): void {
  authPrompt = prompt
}

/** Sends one request. Throws an `AppError` unless the answer is successful. */
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

/** Sends one request. If the server asks for a key, prompts for it and sends the request again. */
export async function request(url: string, options: RequestOptions = {}): Promise<Response> {
  for (;;) {
    try {
      return await requestOnce(url, options)
    } catch (error) {
      if (isAbort(error) || toAppError(error).kind !== 'key' || authPrompt === null) throw error
      await authPrompt()
      options.signal?.throwIfAborted()
    }
  }
}
