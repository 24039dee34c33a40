import { afterEach, describe, expect, it, vi } from 'vitest'

import { fakeServer, json } from '../test/fakeServer'
import { request, setAuthPrompt } from './client'

const LOCKED = { detail: { type: 'secret_verification_failed' } }

afterEach(() => {
  setAuthPrompt(null)
  vi.unstubAllGlobals()
})

describe('request', () => {
  it('sends a body as JSON', async () => {
    const calls = fakeServer(() => json({ ok: true }))
    const answer = await request('/x', { method: 'POST', body: { a: 1 } })
    expect(await answer.json()).toEqual({ ok: true })
    expect(calls).toEqual([{ method: 'POST', url: '/x', body: { a: 1 } }])
  })

  it('asks for the key and sends the request again', async () => {
    let unlocked = false
    fakeServer(() => (unlocked ? json('in') : json(LOCKED, 401)))
    setAuthPrompt(() => {
      unlocked = true
      return Promise.resolve()
    })
    expect(await (await request('/x')).json()).toBe('in')
  })

  it('does not ask for a key that would not help', async () => {
    fakeServer(() => json({ detail: 'no' }, 403))
    const prompt = vi.fn(() => Promise.resolve())
    setAuthPrompt(prompt)
    await expect(request('/x')).rejects.toMatchObject({ kind: 'denied', detail: 'no' })
    expect(prompt).not.toHaveBeenCalled()
  })

  it('reports a server that cannot be reached', async () => {
    fakeServer(() => Promise.reject(new TypeError('Failed to fetch')))
    await expect(request('/x')).rejects.toMatchObject({ kind: 'offline' })
  })

  it('treats an answer that is not JSON as a server error', async () => {
    fakeServer(() => new Response('<html>', { status: 500 }))
    await expect(request('/x')).rejects.toMatchObject({ kind: 'server', status: 500 })
  })

  it('passes the error of an aborted request on', async () => {
    fakeServer(() => Promise.reject(new DOMException('given up', 'AbortError')))
    await expect(request('/x')).rejects.toMatchObject({ name: 'AbortError' })
  })
})
