import { describe, expect, it } from 'vitest'

import { readScrollPositions, writeScrollPositions, type ScrollPosition } from './scrollPositions'

const place = (id: number): ScrollPosition => ({ id, position: id * 2, offset: -3.5 })

describe('places', () => {
  it('come back as they were kept', () => {
    const places = new Map([['q=cat', place(4)], ['', place(9)]])
    expect(readScrollPositions(writeScrollPositions(places))).toEqual(places)
  })

  it('keep the last fifty', () => {
    const many = new Map(Array.from({ length: 60 }, (_unused, index) => [`q=${index}`, place(index)] as const))
    const kept = readScrollPositions(writeScrollPositions(many))
    expect([kept.size, kept.has('q=9'), kept.has('q=10')]).toEqual([50, false, true])
  })

  it.each([null, '', '{', '{"a": 1}', '[["q", {"id": "x", "position": 1, "offset": 0}]]', '[1, null]'])('take %j for nothing', (text) => {
    expect(readScrollPositions(text).size).toBe(0)
  })
})
