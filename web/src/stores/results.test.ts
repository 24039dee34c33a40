import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { EVERYTHING, toBody, type QueryBody } from '../core/query'
import { fakeServer, gate, json } from '../test/fakeServer'
import { useResults } from './results'

const opened = (token: string, total: number) => ({ token, total, exact: true, revision: 1, took_ms: 1, buckets: [] })
const ask = (text: string): QueryBody => toBody({ ...EVERYTHING, text })
const layout = (total: number): Response => new Response(new Uint8Array(total * 2))

/** Answers each opening with what is set for its text; every layout has the right length. */
let found: Record<string, { token: string; total: number }>

function serve(): ReturnType<typeof fakeServer> {
  return fakeServer(({ method, url, body }) => {
    if (method === 'POST') {
      const hit = found[(body as QueryBody).q]
      return hit === undefined ? json({ detail: 'bad' }, 400) : json(opened(hit.token, hit.total))
    }
    const token = url.split('/')[3] ?? ''
    if (url.endsWith('/layout')) return layout(Object.values(found).find((hit) => hit.token === token)?.total ?? 0)
    return json({ detail: 'gone' }, 410)
  })
}

beforeEach(() => {
  setActivePinia(createPinia())
  found = { '': { token: 'all', total: 5 }, cat: { token: 'cats', total: 2 } }
})
afterEach(() => {
  vi.unstubAllGlobals()
})

describe('results', () => {
  it('are there with their layout, and not asked for twice', async () => {
    const calls = serve()
    const results = useResults()
    await results.open(ask(''))
    await results.open(ask(''))
    expect(results.source?.layout).toHaveLength(5)
    expect(calls.map((call) => call.url)).toEqual(['/v1/results', '/v1/results/all/layout'])
  })

  it('drop an answer that comes after the next question', async () => {
    const slow = gate<Response>()
    fakeServer(({ method, body }, signal) => {
      if (method !== 'POST') return layout(2)
      if ((body as QueryBody).q === 'cat') return json(opened('cats', 2))
      signal?.addEventListener('abort', () => {
        slow.open(json(opened('all', 5)))
      })
      return slow.promise
    })
    const results = useResults()
    const first = results.open(ask(''))
    await results.open(ask('cat'))
    await first
    expect(results.source?.token).toBe('cats')
    expect(results.loading).toBe(false)
  })

  it('stay in view when the next question fails, and a retry is possible', async () => {
    serve()
    const results = useResults()
    await results.open(ask('cat'))
    await results.open(ask('('))
    expect(results.failure).toMatchObject({ kind: 'invalid', detail: 'bad' })
    expect(results.source?.token).toBe('cats')
    found['('] = { token: 'mended', total: 1 }
    await results.reload()
    expect(results.source?.token).toBe('mended')
    expect(results.failure).toBeNull()
  })

  it('keep new items back until they are asked for', async () => {
    serve()
    const results = useResults()
    await results.open(ask(''))
    found[''] = { token: 'more', total: 8 }
    await results.checkForNew()
    expect(results.source?.token).toBe('all')
    expect(results.newCount).toBe(3)
    await results.showNewer()
    expect(results.source?.token).toBe('more')
    expect(results.newer).toBeNull()
    expect(results.arrival).toBe('query')
  })

  it('show the first items of an empty library at once', async () => {
    found[''] = { token: 'none', total: 0 }
    serve()
    const results = useResults()
    await results.open(ask(''))
    found[''] = { token: 'some', total: 4 }
    await results.checkForNew()
    expect(results.source?.total).toBe(4)
  })

  it('open again, in place, when the server has forgotten them', async () => {
    serve()
    const results = useResults()
    await results.open(ask(''))
    found[''] = { token: 'again', total: 5 }
    await expect(results.source?.columns(0, 5)).rejects.toMatchObject({ kind: 'gone' })
    await vi.waitFor(() => {
      expect(results.source?.token).toBe('again')
    })
    expect(results.arrival).toBe('refresh')
  })
})
