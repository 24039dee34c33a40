import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { ServerEvents } from './events'

/** Stands in for the browser's stream: an event target that can be closed. */
class FakeStream extends EventTarget {
  closed = false
  close(): void {
    this.closed = true
  }
  say(name: string, data: unknown): void {
    this.dispatchEvent(new MessageEvent(name, { data: JSON.stringify(data) }))
  }
}

const streams: FakeStream[] = []
const seen: unknown[] = []

function createEvents(): ServerEvents {
  return new ServerEvents(
    {
      library: (state) => seen.push(['library', state.total]),
      job: (job) => seen.push(['job', job.id]),
      operation: (report) => seen.push(['operation', report.done]),
      curation: () => seen.push(['curation']),
      connected: (isOpen) => seen.push(['connected', isOpen]),
    },
    () => {
      const stream = new FakeStream()
      streams.push(stream)
      return stream as unknown as EventSource
    },
  )
}

beforeEach(() => {
  vi.useFakeTimers()
  streams.length = 0
  seen.length = 0
})
afterEach(() => {
  vi.useRealTimers()
})

describe('ServerEvents', () => {
  it('passes events on', () => {
    createEvents().start()
    streams[0]?.say('hello', { revision: 1, total: 5 })
    streams[0]?.say('job', { id: 'a' })
    streams[0]?.say('operation', { id: 7, done: 3 })
    expect(seen).toEqual([['connected', true], ['library', 5], ['job', 'a'], ['operation', 3]])
  })

  it('reopens a broken stream, after longer delays each time', () => {
    createEvents().start()
    streams[0]?.dispatchEvent(new Event('error'))
    expect(streams[0]?.closed).toBe(true)
    vi.advanceTimersByTime(1_000)
    expect(streams).toHaveLength(2)
    streams[1]?.dispatchEvent(new Event('error'))
    vi.advanceTimersByTime(1_999)
    expect(streams).toHaveLength(2)
    vi.advanceTimersByTime(1)
    expect(streams).toHaveLength(3)
  })

  it('starts with the short delay again once the server has answered', () => {
    createEvents().start()
    streams[0]?.dispatchEvent(new Event('error'))
    vi.advanceTimersByTime(1_000)
    streams[1]?.say('hello', { revision: 1, total: 0 })
    streams[1]?.dispatchEvent(new Event('error'))
    vi.advanceTimersByTime(1_000)
    expect(streams).toHaveLength(3)
  })

  it('stays closed when stopped', () => {
    const events = createEvents()
    events.start()
    streams[0]?.dispatchEvent(new Event('error'))
    events.stop()
    vi.advanceTimersByTime(60_000)
    expect(streams).toHaveLength(1)
  })
})
