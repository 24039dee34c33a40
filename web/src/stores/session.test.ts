// @vitest-environment happy-dom
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { setAuthPrompt } from '../api/client'
import { fakeServer, json } from '../test/fakeServer'
import { useSession } from './session'

const LOCKED = { detail: { type: 'secret_verification_failed' } }

beforeEach(() => {
  setActivePinia(createPinia())
})
afterEach(() => {
  setAuthPrompt(null)
  vi.unstubAllGlobals()
})

/** A server that sets its cookie itself: the page never sees it. */
function locked() {
  let isOpen = false
  return fakeServer(({ method, url, body }) => {
    if (url === '/v1/session') {
      isOpen = method === 'POST' && (body as { key: string }).key === 'sesame'
      if (method === 'POST' && !isOpen) return json(LOCKED, 401)
      return json({ ok: true })
    }
    return isOpen ? json({ is_readonly: true }) : json(LOCKED, 401)
  })
}

describe('the session', () => {
  it('asks for the key, tries it, and goes on where it was', async () => {
    const calls = locked()
    const session = useSession()
    const loading = session.load()
    await vi.waitFor(() => {
      expect(session.needsKey).toBe(true)
    })
    await session.submitKey('sesame')
    await loading
    expect(session.needsKey).toBe(false)
    expect(session.setting).toEqual({ is_readonly: true })
    expect(session.canWrite).toBe(false)
    expect(calls.map((call) => `${call.method} ${call.url}`)).toEqual([
      'GET /global_setting',
      'DELETE /v1/session',
      'POST /v1/session',
      'GET /global_setting',
    ])
    expect(document.cookie).toBe('')
  })

  it('tries a wrong key once, whoever is waiting, and forgets it', async () => {
    const calls = locked()
    const session = useSession()
    void session.load()
    void session.load()
    await vi.waitFor(() => {
      expect(calls).toHaveLength(3)
      expect(session.needsKey).toBe(true)
    })
    await session.submitKey('wrong')
    expect(calls.slice(3).map((call) => `${call.method} ${call.url}`)).toEqual(['POST /v1/session'])
    expect(session.keyFailure?.kind).toBe('key')
    expect(session.needsKey).toBe(true)
    expect(document.cookie).toBe('')
  })

  it('tells too many tries from a wrong key', async () => {
    fakeServer(() => json({ detail: 'too many wrong keys; wait a minute' }, 429))
    const session = useSession()
    await session.submitKey('sesame')
    expect(session.keyFailure?.kind).toBe('attempts')
  })
})
