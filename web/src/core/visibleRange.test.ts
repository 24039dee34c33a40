import { describe, expect, it } from 'vitest'

import { layoutNow } from './justified'
import { ScrollMap, visibleRows } from './visibleRange'

describe('visibleRows', () => {
  const layout = layoutNow(new Uint16Array(1000).fill(1000), [{ key: '', start: 0, count: 1000 }], {
    width: 1000,
    rowHeight: 100,
    gap: 0,
    headerHeight: 0,
  })

  it('covers the view and the overscan, not more', () => {
    expect(visibleRows(layout, 1000, 450, 100)).toEqual({ firstRow: 9, endRow: 16, firstItem: 90, endItem: 160 })
    expect(visibleRows(layout, 0, 450, 100).firstRow).toBe(0)
    expect(visibleRows(layout, 9900, 450, 100).endItem).toBe(1000)
  })
})

describe('ScrollMap', () => {
  it('is the plain scroll box while the content fits', () => {
    const map = new ScrollMap(10_000)
    map.resize(9_000, 500)
    map.scrolled(8_000)
    expect([map.top, map.base, map.scrollHeight, map.stuck]).toEqual([8_000, 0, 9_000, false])
  })

  it('scrolls one to one with the wheel', () => {
    const map = new ScrollMap(10_000)
    map.resize(1_000_000, 500)
    map.moveTo(400_000)
    const { base, scrollTop } = map
    map.scrolled(scrollTop + 120)
    expect(map.top).toBe(400_120)
    expect(map.base).toBe(base)
  })

  it('goes to the same fraction on a jump', () => {
    const map = new ScrollMap(10_000)
    map.resize(1_000_500, 500)
    map.scrolled(4_750)
    expect(map.top).toBe(500_000)
    map.scrolled(9_500)
    expect(map.top).toBe(1_000_000)
  })

  it('reaches both ends by the wheel alone', () => {
    const map = new ScrollMap(10_000)
    map.resize(60_000, 500)
    for (let turn = 0; turn < 2_000; turn++) {
      map.scrolled(Math.min(map.scrollTop + 100, 9_500))
      if (map.stuck) map.moveTo(map.top)
    }
    expect(map.top).toBe(59_500)
    for (let turn = 0; turn < 2_000; turn++) {
      map.scrolled(Math.max(map.scrollTop - 100, 0))
      if (map.stuck) map.moveTo(map.top)
    }
    expect(map.top).toBe(0)
  })

  it('keeps the place inside when the content shrinks', () => {
    const map = new ScrollMap()
    map.resize(5_000, 500)
    map.moveTo(4_400)
    expect(map.resize(1_000, 500)).toBe(500)
  })
})
