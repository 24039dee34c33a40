import { vi } from 'vitest'

export interface Call {
  readonly method: string
  readonly url: string
  readonly body: unknown
}

type Answer = (call: Call, signal: AbortSignal | null) => Response | Promise<Response>

export const json = (value: unknown, status = 200): Response => new Response(JSON.stringify(value), { status })

/** Replaces `fetch`, the only way in which the page reaches the server. Returns the recorded calls. */
export function fakeServer(answer: Answer): Call[] {
  const calls: Call[] = []
  vi.stubGlobal('fetch', async (url: string, init: RequestInit = {}) => {
    const body: unknown = typeof init.body === 'string' ? JSON.parse(init.body) : undefined
    const call = { method: init.method ?? 'GET', url: url.replace('/infinite_image_browsing', ''), body }
    calls.push(call)
    return answer(call, init.signal ?? null)
  })
  return calls
}

/** A promise that the test resolves. */
export function gate<Value>(): { promise: Promise<Value>; open: (value: Value) => void } {
  let open: (value: Value) => void = () => undefined
  const promise = new Promise<Value>((resolve) => (open = resolve))
  return { promise, open }
}
