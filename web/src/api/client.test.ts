import { afterEach, describe, expect, it, vi } from 'vitest'

import { fakeServer, json } from '../test/fakeServer'
import { getJson, setAuthPrompt } from './client'

const LOCKED = { detail: { type: 'secret_verification_failed' } }

afterEach(() => {
  setAuthPrompt(null)
  vi.unstubAllGlobals()
})

describe('getJson', () => {
  it('sends a body as JSON', async () => {
    const calls = fakeServer(() => json({ ok: true }))
    expect(await getJson('/x', { method: 'POST', body: { a: 1 } })).toEqual({ ok: true })
    expect(calls).toEqual([{ method: 'POST', url: '/x', body: { a: 1 } }])
  })

  it('asks for the key and sends the request again', async () => {
    let unlocked = false
    fakeServer(() => (unlocked ? json('in') : json(LOCKED, 401)))
    setAuthPrompt(() => {
      unlocked = true
      return Promise.resolve()
    })
    expect(await getJson('/x')).toBe('in')
  })

  it('does not ask for a key that would not help', async () => {
    fakeServer(() => json({ detail: 'no' }, 403))
    const keeper = vi.fn(() => Promise.resolve())
    setAuthPrompt(keeper)
    await expect(getJson('/x')).rejects.toMatchObject({ kind: 'denied', detail: 'no' })
    expect(keeper).not.toHaveBeenCalled()
  })

  it('says that the server is out of reach', async () => {
    fakeServer(() => Promise.reject(new TypeError('Failed to fetch')))
    await expect(getJson('/x')).rejects.toMatchObject({ kind: 'offline' })
  })

  it('treats an answer that is not JSON as a server error', async () => {
    fakeServer(() => new Response('<html>', { status: 500 }))
    await expect(getJson('/x')).rejects.toMatchObject({ kind: 'server', status: 500 })
  })

  it('leaves a given-up request what it is', async () => {
    fakeServer(() => Promise.reject(new DOMException('given up', 'AbortError')))
    await expect(getJson('/x')).rejects.toMatchObject({ name: 'AbortError' })
  })
})
