import { describe, expect, it } from 'vitest'

import { DateNames } from './dates'
import { layoutNow } from './justified'
import { clockTime, plainText, thumbnailSize, groupMediaTags, tagOf, type MediaTag } from './media'
import { yearLabels } from './scrubber'

describe('clockTime', () => {
  it.each([
    [0, '0:00'],
    [61_400, '1:01'],
    [3_723_000, '1:02:03'],
  ])('%i ms is %s', (given, text) => {
    expect(clockTime(given)).toBe(text)
  })
})

describe('thumbnailSize', () => {
  it('keeps to a few sizes', () => {
    expect([40, 220, 330, 331, 334, 900, 4000].map((side) => thumbnailSize(side, 1))).toEqual([
      128, 256, 256, 256, 512, 1024, 1024,
    ])
    expect(thumbnailSize(220, 2)).toBe(512)
  })
})

describe('plainText', () => {
  it('shows any value', () => {
    expect([null, 'a', 2.5, { x: [1] }].map(plainText)).toEqual(['', 'a', '2.5', '{"x":[1]}'])
  })
})

describe('DateNames', () => {
  const names = new DateNames('en')
  it('names days and months, and leaves other keys', () => {
    expect(names.section('2026-11-23')).toContain('November 23, 2026')
    expect(names.section('2026-10')).toBe('October 2026')
    expect(names.monthOf('2026-11-23')).toBe('November 2026')
    expect(names.section('other')).toBe('other')
  })
})

describe('yearMarks', () => {
  it('drops years that would overlap', () => {
    const sections = [
      { key: '2026-11-23', start: 0, count: 500 },
      { key: '2025-01-01', start: 500, count: 2 },
      { key: '2024-01-01', start: 502, count: 498 },
    ]
    const layout = layoutNow(new Uint16Array(1000).fill(1000), sections, {
      width: 1000,
      rowHeight: 100,
      gap: 0,
      headerHeight: 0,
    })
    const marks = yearLabels(layout, 0.05)
    expect(marks.map((mark) => mark.year)).toEqual(['2026', '2025'])
    expect(marks[1]?.at).toBeCloseTo(0.5, 1)
  })
})

describe('tags of a file', () => {
  const tags: MediaTag[] = [
    { id: 1, name: 'sdxl', type: 'Model', color: '' },
    { id: 2, name: 'sdxl', type: 'pos', color: '' },
    { id: 3, name: 'like', type: 'custom', color: '' },
    { id: 4, name: '4x', type: 'Hires upscaler', color: '' },
  ]

  it('finds the tag of a parameter by kind and name', () => {
    expect(tagOf(tags, 'model', 'sdxl')).toBe(1)
    expect(tagOf(tags, 'lora', 'sdxl')).toBeNull()
    expect(tagOf(tags, 'seed', '1')).toBeNull()
  })

  it('sorts out what is shown elsewhere', () => {
    const { custom, words, other } = groupMediaTags(tags)
    expect([custom, words, other].map((list) => list.map((tag) => tag.id))).toEqual([[3], [2], [4]])
  })
})
