// @vitest-environment happy-dom
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { nextTick } from 'vue'

import { fakeServer, json } from '../test/fakeServer'
import { usePreferences } from './preferences'
import { useSession } from './session'

let kept: Record<string, unknown>
let readonly: boolean

beforeEach(() => {
  vi.useFakeTimers()
  localStorage.clear()
  setActivePinia(createPinia())
  kept = { page: { theme: 'dark' }, somebodyElse: { a: 1 } }
  readonly = false
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

function serve() {
  return fakeServer(({ method, body }) => {
    if (method === 'GET') return json({ is_readonly: readonly, app_fe_setting: { global: kept } })
    kept = JSON.parse((body as { value: string }).value) as Record<string, unknown>
    return json(null)
  })
}

describe('preferences', () => {
  it('come from the server, and are stored beside what others keep there', async () => {
    serve()
    const preferences = usePreferences()
    await useSession().load()
    preferences.adopt()
    expect(preferences.theme).toBe('dark')
    preferences.theme = 'light'
    await nextTick()
    await vi.advanceTimersByTimeAsync(1_000)
    expect(kept).toMatchObject({ page: { theme: 'light' }, somebodyElse: { a: 1 } })
  })

  it('are not written by taking them over', async () => {
    const calls = serve()
    const preferences = usePreferences()
    await useSession().load()
    preferences.adopt()
    await nextTick()
    await vi.advanceTimersByTimeAsync(5_000)
    expect(calls.filter((call) => call.method === 'POST')).toEqual([])
  })

  it('stay in this browser where the server is read-only', async () => {
    readonly = true
    const calls = serve()
    const preferences = usePreferences()
    await useSession().load()
    preferences.rowHeight = 300
    await nextTick()
    await vi.advanceTimersByTimeAsync(5_000)
    expect(calls.filter((call) => call.method === 'POST')).toEqual([])
    expect(JSON.parse(localStorage.getItem('iib.preferences') ?? '{}')).toMatchObject({ rowHeight: 300 })
  })

  it('survive storage full of nonsense', () => {
    localStorage.setItem('iib.preferences', '{not json')
    expect(usePreferences().theme).toBe('auto')
  })
})
