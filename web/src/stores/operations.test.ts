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
  it('show the running operation until it has ended', () => {
    const operations = useOperations()
    operations.update(report({ id: null, stage: 'preparing' }))
    expect(operations.current?.stage).toBe('preparing')
    operations.update(report({ done: 5 }))
    expect(operations.current?.done).toBe(5)
    operations.update(report({ stage: 'ended' }))
    expect(operations.current).toBeNull()
  })

  it('drop an operation without reports', () => {
    const operations = useOperations()
    operations.update(report())
    vi.advanceTimersByTime(60_000)
    expect(operations.current).toBeNull()
  })

  it('stop an operation and remember it', async () => {
    const calls = fakeServer(() => json({ ok: true }))
    const operations = useOperations()
    operations.update(report())
    await operations.stop()
    expect(calls.map((call) => call.url)).toEqual(['/v1/operations/7/stop'])
    operations.update(report({ done: 4 }))
    expect(operations.stopping).toBe(true)
    operations.update(report({ stage: 'ended' }))
    expect(operations.stopping).toBe(false)
    expect(operations.wasStopped(7)).toBe(true)
    expect(operations.wasStopped(8)).toBe(false)
  })

  it('do not count an operation as stopped that had ended before', async () => {
    fakeServer(() => json({ ok: false }))
    const operations = useOperations()
    operations.update(report())
    await operations.stop()
    expect(operations.wasStopped(7)).toBe(false)
  })

  it('can be stopped again after a failed request', async () => {
    const answer = gate<Response>()
    fakeServer(() => answer.promise)
    const operations = useOperations()
    operations.update(report())
    const asked = operations.stop()
    expect(operations.stopping).toBe(true)
    answer.open(json({ detail: 'no' }, 500))
    await expect(asked).rejects.toThrow('no')
    expect(operations.stopping).toBe(false)
    expect(operations.wasStopped(7)).toBe(false)
  })
})
