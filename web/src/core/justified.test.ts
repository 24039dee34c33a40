import { describe, expect, it } from 'vitest'

import { layoutInSlices, layoutNow, type LayoutOptions } from './justified'
import { stepFrom } from './navigate'
import { toSections, type Section } from './sections'

/** A small seeded generator, so that a failure can be repeated. */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1664525 + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

function someAspects(count: number, seed: number): Uint16Array {
  const next = random(seed)
  return Uint16Array.from({ length: count }, () => 100 + Math.floor(next() ** 3 * 9900))
}

function someSections(count: number, seed: number): Section[] {
  const next = random(seed)
  const sections: Section[] = []
  for (let start = 0; start < count; ) {
    const size = Math.min(count - start, 1 + Math.floor(next() * 300))
    sections.push({ key: `d${start}`, start, count: size })
    start += size
  }
  return sections
}

const OPTIONS: LayoutOptions = { width: 1280, rowHeight: 220, gap: 3, headerHeight: 40 }

describe('layoutNow', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('keeps its promises for any shape (seed %i)', (seed) => {
    const next = random(seed * 77)
    const options = { ...OPTIONS, width: 200 + Math.floor(next() * 3000), rowHeight: 60 + Math.floor(next() * 400) }
    const count = 1 + Math.floor(next() * 4000)
    const sections = someSections(count, seed)
    const layout = layoutNow(someAspects(count, seed), sections, options)
    let expected = 0
    let bottom = 0
    const starts = new Set(sections.map((section) => section.start))
    for (let row = 0; row < layout.rowCount; row++) {
      expect(layout.rowStart(row)).toBe(expected)
      expect(layout.rowTop(row)).toBeGreaterThanOrEqual(bottom)
      const boxes = layout.boxes(row)
      const last = boxes.at(-1)
      const lastOfSection = starts.has(layout.rowEnd(row)) || layout.rowEnd(row) === count
      expect(last).toBeDefined()
      if (last === undefined) continue
      expect(last.x + last.width).toBeLessThanOrEqual(options.width + 0.01)
      if (!lastOfSection) expect(last.x + last.width).toBeCloseTo(options.width, 3)
      for (const box of boxes) {
        expect(box.width).toBeGreaterThan(0)
        expect(layout.rowOf(box.position)).toBe(row)
      }
      expect(layout.rowAt(layout.rowTop(row) + 1)).toBe(row)
      bottom = layout.rowTop(row) + layout.rowHeight(row)
      expected = layout.rowEnd(row)
    }
    expect(expected).toBe(count)
    expect(layout.height).toBeCloseTo(bottom, 3)
  })

  it('keeps rows near the wanted height', () => {
    const aspects = Uint16Array.from({ length: 3000 }, (_, index) => [667, 1000, 1500, 1778][index % 4] ?? 1000)
    const layout = layoutNow(aspects, [{ key: '', start: 0, count: 3000 }], OPTIONS)
    for (let row = 0; row < layout.rowCount; row++) {
      expect(layout.rowHeight(row)).toBeGreaterThan(150)
      expect(layout.rowHeight(row)).toBeLessThan(300)
    }
  })

  it('gives nothing for nothing', () => {
    const layout = layoutNow(new Uint16Array(0), [], OPTIONS)
    expect([layout.rowCount, layout.height, layout.rowOf(0)]).toEqual([0, 0, -1])
  })

  it('treats an unknown ratio as a square', () => {
    const layout = layoutNow(Uint16Array.from([0]), [{ key: '', start: 0, count: 1 }], OPTIONS)
    expect(layout.boxes(0)[0]?.width).toBe(220)
  })
})

describe('layoutInSlices', () => {
  it('lays a million items out as the direct way does, in short tasks', async () => {
    const aspects = someAspects(1_000_000, 5)
    const sections = [{ key: '2026-11', start: 0, count: 1_000_000 }]
    const layout = await layoutInSlices(aspects, sections, OPTIONS, new AbortController().signal)
    const direct = layoutNow(aspects, sections, OPTIONS)
    expect(layout?.rowCount).toBe(direct.rowCount)
    expect(layout?.height).toBe(direct.height)
  })

  it('gives up when aborted', async () => {
    const controller = new AbortController()
    controller.abort()
    expect(await layoutInSlices(someAspects(9, 1), [], OPTIONS, controller.signal)).toBeNull()
  })
})

describe('toSections', () => {
  it('keeps busy days and merges sparse months', () => {
    const buckets = [
      { key: '2026-11-23', start: 0, count: 40 },
      { key: '2026-11-22', start: 40, count: 2 },
      { key: '2026-10-09', start: 42, count: 1 },
      { key: '2026-10-02', start: 43, count: 2 },
    ]
    expect(toSections(buckets, 45).map((section) => [section.key, section.start, section.count])).toEqual([
      ['2026-11-23', 0, 40],
      ['2026-11-22', 40, 2],
      ['2026-10', 42, 3],
    ])
  })

  it('covers what no bucket names', () => {
    expect(toSections([], 7)).toEqual([{ key: '', start: 0, count: 7 }])
    expect(toSections([{ key: '2026-01-01', start: 0, count: 3 }], 7).at(-1)).toEqual({ key: '', start: 3, count: 4 })
  })
})

describe('stepFrom', () => {
  const layout = layoutNow(new Uint16Array(100).fill(1000), [{ key: '', start: 0, count: 100 }], {
    width: 1000,
    rowHeight: 100,
    gap: 0,
    headerHeight: 0,
  })

  it('moves in a grid of ten by ten', () => {
    const moves = (['left', 'right', 'up', 'down', 'first', 'last', 'pageDown', 'pageUp'] as const).map((step) =>
      stepFrom(layout, 55, step, 300),
    )
    expect(moves).toEqual([54, 56, 45, 65, 0, 99, 85, 25])
  })

  it('stops at the edges', () => {
    expect([stepFrom(layout, 0, 'left', 300), stepFrom(layout, 3, 'up', 300)]).toEqual([0, 3])
    expect([stepFrom(layout, 99, 'right', 300), stepFrom(layout, 97, 'down', 300)]).toEqual([99, 97])
    expect([stepFrom(layout, 3, 'pageUp', 300), stepFrom(layout, 95, 'pageDown', 300)]).toEqual([3, 95])
  })
})
