import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { Throttle } from './throttle'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

describe('Throttle', () => {
  it('runs at once and once more after a burst', () => {
    const run = vi.fn()
    const throttle = new Throttle(100, run)
    for (let call = 0; call < 5; call++) throttle.call()
    expect(run).toHaveBeenCalledTimes(1)
    vi.advanceTimersByTime(100)
    expect(run).toHaveBeenCalledTimes(2)
    vi.advanceTimersByTime(1000)
    expect(run).toHaveBeenCalledTimes(2)
  })

  it('says nothing more once stopped', () => {
    const run = vi.fn()
    const throttle = new Throttle(100, run)
    throttle.call()
    throttle.call()
    throttle.stop()
    vi.advanceTimersByTime(1000)
    expect(run).toHaveBeenCalledTimes(1)
  })
})
