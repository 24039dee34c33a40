import { describe, expect, it, vi } from 'vitest'

import { ColumnPages, idsOf } from './columnPages'
import type { Columns, ResultSource } from './types'

function columnsOf(start: number, count: number): Columns {
  const list = <T>(value: (position: number) => T): T[] => Array.from({ length: count }, (_, index) => value(start + index))
  return {
    start,
    id: list((position) => 10_000 - position),
    w: list(() => 3),
    h: list(() => 2),
    time: list((position) => position),
    kind: list((position) => position % 3),
    thumbhash: list(() => null),
  }
}

interface Call {
  start: number
  count: number
  signal: AbortSignal | undefined
  answer: () => void
  fail: (error: Error) => void
}

function source(total: number): { source: ResultSource; calls: Call[] } {
  const calls: Call[] = []
  return {
    calls,
    source: {
      token: 't',
      total,
      exact: true,
      buckets: [],
      layout: new Uint16Array(total),
      columns: (start, count, signal) =>
        new Promise((resolve, reject) => {
          const call = { start, count, signal, answer: () => resolve(columnsOf(start, count)), fail: reject }
          calls.push(call)
        }),
    },
  }
}

const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve))

describe('ColumnPages', () => {
  it('loads each requested page once', async () => {
    const { source: results, calls } = source(250)
    const changed = vi.fn()
    const pages = new ColumnPages(results, { changed, pageSize: 100 })
    pages.request(150, 250)
    pages.request(160, 249)
    expect(calls.map((call) => [call.start, call.count])).toEqual([
      [100, 100],
      [200, 50],
    ])
    calls[0]?.answer()
    await settle()
    expect(changed).toHaveBeenCalledExactlyOnceWith(null)
    expect(pages.at(151)).toMatchObject({ id: 9849, position: 151, kind: 'video' })
    expect(pages.at(220)).toBeNull()
    expect(pages.positionOf(9849)).toBe(151)
  })

  it('aborts pages that are scrolled away and ignores their late answers', async () => {
    const { source: results, calls } = source(1000)
    const changed = vi.fn()
    const pages = new ColumnPages(results, { changed, pageSize: 100 })
    pages.request(0, 100)
    pages.request(900, 1000)
    expect(calls[0]?.signal?.aborted).toBe(true)
    expect(pages.pending).toBe(1)
    calls[0]?.answer()
    await settle()
    expect(changed).not.toHaveBeenCalled()
    expect(pages.at(0)).toBeNull()
  })

  it('reports a failure and tries again at the next request', async () => {
    const { source: results, calls } = source(10)
    const changed = vi.fn()
    const pages = new ColumnPages(results, { changed, pageSize: 100 })
    pages.request(0, 10)
    calls[0]?.fail(new Error('gone'))
    await settle()
    expect(changed).toHaveBeenCalledWith(expect.objectContaining({ message: 'gone' }))
    pages.request(0, 10)
    expect(calls).toHaveLength(2)
  })

  it('drops the oldest pages', async () => {
    const { source: results, calls } = source(1000)
    const pages = new ColumnPages(results, { changed: () => undefined, pageSize: 100, maxPages: 2 })
    for (const start of [0, 100, 200]) {
      pages.request(start, start + 100)
      calls.at(-1)?.answer()
      await settle()
    }
    expect([pages.at(0), pages.positionOf(10_000)]).toEqual([null, null])
    expect(pages.at(250)?.id).toBe(9750)
  })
})

describe('idsOf', () => {
  it('sends several requests for long ranges', async () => {
    const { source: results } = source(5000)
    const direct = { ...results, columns: (start: number, count: number) => Promise.resolve(columnsOf(start, count)) }
    const ids = await idsOf(direct, 10, 4110)
    expect([ids.length, ids[0], ids.at(-1)]).toEqual([4100, 9990, 5891])
  })
})
