// @vitest-environment happy-dom
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { setKeyKeeper } from '../api/client'
import { sha256 } from '../core/sha256'
import { fakeServer, json } from '../test/fakeServer'
import { useSession } from './session'

const RIGHT = `IIB_S=${sha256('sesame_ciallo')}`
const LOCKED = { detail: { type: 'secret_verification_failed' } }

beforeEach(() => {
  setActivePinia(createPinia())
  document.cookie = 'IIB_S=; Path=/; Max-Age=0'
})
afterEach(() => {
  setKeyKeeper(null)
  vi.unstubAllGlobals()
})

const locked = () => fakeServer(() => (document.cookie.includes(RIGHT) ? json({ is_readonly: true }) : json(LOCKED, 401)))

describe('the session', () => {
  it('asks for the key, tries it, and goes on where it was', async () => {
    locked()
    const session = useSession()
    const loading = session.load()
    await vi.waitFor(() => {
      expect(session.keyWanted).toBe(true)
    })
    await session.giveKey('sesame')
    await loading
    expect(session.keyWanted).toBe(false)
    expect(session.setting).toEqual({ is_readonly: true })
    expect(session.canWrite).toBe(false)
  })

  it('tries a wrong key once, whoever is waiting, and forgets it', async () => {
    const calls = locked()
    const session = useSession()
    void session.load()
    void session.load()
    await vi.waitFor(() => {
      expect(calls).toHaveLength(2)
      expect(session.keyWanted).toBe(true)
    })
    await session.giveKey('wrong')
    expect(calls.slice(2).map((call) => call.url)).toEqual(['/version'])
    expect(session.keyFailure?.kind).toBe('key')
    expect(session.keyWanted).toBe(true)
    expect(document.cookie).not.toContain(sha256('wrong_ciallo'))
  })

  it('tells too many tries from a wrong key', async () => {
    fakeServer(() => json({ detail: 'too many wrong keys; wait a minute' }, 429))
    const session = useSession()
    await session.giveKey('sesame')
    expect(session.keyFailure?.kind).toBe('attempts')
  })
})
