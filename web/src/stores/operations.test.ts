import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import type { OperationReport } from '../api/types'
import { fakeServer, gate, json } from '../test/fakeServer'
import { useOperations } from './operations'

const report = (more: Partial<OperationReport> = {}): OperationReport => ({
  id: 7,
  kind: 'delete',
  stage: 'running',
  done: 3,
  total: 9,
  failed: 0,
  can_stop: true,
  ...more,
})

beforeEach(() => {
  vi.useFakeTimers()
  setActivePinia(createPinia())
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

describe('operations', () => {
  it('show the one that goes on until it has ended', () => {
    const operations = useOperations()
    operations.note(report({ id: null, stage: 'preparing' }))
    expect(operations.current?.stage).toBe('preparing')
    operations.note(report({ done: 5 }))
    expect(operations.current?.done).toBe(5)
    operations.note(report({ stage: 'ended' }))
    expect(operations.current).toBeNull()
  })

  it('forget one that is not heard of any more', () => {
    const operations = useOperations()
    operations.note(report())
    vi.advanceTimersByTime(60_000)
    expect(operations.current).toBeNull()
  })

  it('stop it, and know afterwards that a person did', async () => {
    const calls = fakeServer(() => json({ ok: true }))
    const operations = useOperations()
    operations.note(report())
    await operations.stop()
    expect(calls.map((call) => call.url)).toEqual(['/v1/operations/7/stop'])
    operations.note(report({ done: 4 }))
    expect(operations.stopping).toBe(true)
    operations.note(report({ stage: 'ended' }))
    expect(operations.stopping).toBe(false)
    expect(operations.wasStopped(7)).toBe(true)
    expect(operations.wasStopped(8)).toBe(false)
  })

  it('do not call it stopped when it had ended before', async () => {
    fakeServer(() => json({ ok: false }))
    const operations = useOperations()
    operations.note(report())
    await operations.stop()
    expect(operations.wasStopped(7)).toBe(false)
  })

  it('can be asked again when the server was not reached', async () => {
    const answer = gate<Response>()
    fakeServer(() => answer.promise)
    const operations = useOperations()
    operations.note(report())
    const asked = operations.stop()
    expect(operations.stopping).toBe(true)
    answer.open(json({ detail: 'no' }, 500))
    await expect(asked).rejects.toThrow('no')
    expect(operations.stopping).toBe(false)
    expect(operations.wasStopped(7)).toBe(false)
  })
})
