import { describe, expect, it } from 'vitest'

import { readScrollPositions, writeScrollPositions, type ScrollPosition } from './scrollPositions'

const positionOf = (id: number): ScrollPosition => ({ id, position: id * 2, offset: -3.5 })

describe('scroll positions', () => {
  it('are read as they were written', () => {
    const positions = new Map([['q=cat', positionOf(4)], ['', positionOf(9)]])
    expect(readScrollPositions(writeScrollPositions(positions))).toEqual(positions)
  })

  it('keep the last fifty', () => {
    const many = new Map(Array.from({ length: 60 }, (_unused, index) => [`q=${index}`, positionOf(index)] as const))
    const stored = readScrollPositions(writeScrollPositions(many))
    expect([stored.size, stored.has('q=9'), stored.has('q=10')]).toEqual([50, false, true])
  })

  it.each([null, '', '{', '{"a": 1}', '[["q", {"id": "x", "position": 1, "offset": 0}]]', '[1, null]'])('ignore %j', (text) => {
    expect(readScrollPositions(text).size).toBe(0)
  })
})
