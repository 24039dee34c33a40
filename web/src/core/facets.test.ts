import { describe, expect, it } from 'vitest'

import { facetOptions, facetTerm } from './facets'

describe('the term of a facet', () => {
  it('asks for the whole name', () => {
    expect(facetTerm('model', 'sd xl')).toBe('model:="sd xl"')
    expect(facetTerm('custom', 'my tag')).toBe('tag:"my tag"')
  })

  it('spells months, shapes, sizes and stars as the language does', () => {
    expect([facetTerm('month', '2026-11'), facetTerm('shape', 'square'), facetTerm('size', '1 MP')]).toEqual([
      'date:2026-11', 'ratio:square', 'size:0.60mp..1.49mp',
    ])
    expect([facetTerm('rating', '0'), facetTerm('rating', '4')]).toEqual(['rating:none', 'rating:4'])
  })

  it('is none for what is not known', () => {
    expect(facetTerm('shape', 'unknown')).toBeNull()
    expect(facetTerm('size', 'unknown')).toBeNull()
  })
})

describe('the lines', () => {
  const counts = [{ value: 'a', count: 9 }, { value: 'b', count: 3 }]

  it('show what the query says, those first', () => {
    const lines = facetOptions('model', counts, 'cat model:="b"')
    expect(lines.map(({ value, mode }) => [value, mode])).toEqual([['b', 'include'], ['a', 'none']])
  })

  it('keep what is left out, so that it can be taken back', () => {
    const lines = facetOptions('model', counts, '-model:="c d"')
    expect(lines[0]).toEqual({ value: 'c d', count: 0, term: 'model:="c d"', mode: 'exclude' })
    expect(facetOptions('shape', [], '-ratio:landscape ratio:16:9').map((line) => line.value)).toEqual(['landscape'])
  })
})
