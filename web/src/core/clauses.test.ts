import { describe, expect, it } from 'vitest'

import { modeOf, quoted, searchedPatterns, splitClauses, term, toggleTerm, withTerm } from './clauses'
import { fieldNamesOf } from './queryFields'

const written = (text: string): string[] => splitClauses(text).map(({ start, end }) => text.slice(start, end))

describe('clauses', () => {
  it('end at blanks, but not inside quotes, patterns and brackets', () => {
    expect(written('cat "blue eyes" /a b/ (x OR y) -model:"sd xl" tag:(a, b)')).toEqual([
      'cat', '"blue eyes"', '/a b/', '(x OR y)', '-model:"sd xl"', 'tag:(a, b)',
    ])
  })

  it('treat unclosed quotes and slashes as plain characters', () => {
    expect(written('"blue eyes /a b')).toEqual(['"blue', 'eyes', '/a', 'b'])
    expect(written('a/b c/d')).toEqual(['a/b', 'c/d'])
  })

  it('know which terms are excluded', () => {
    expect(splitClauses('-dog - cat-fish')).toMatchObject([
      { negated: true, term: 'dog' },
      { negated: false, term: '-' },
      { negated: false, term: 'cat-fish' },
    ])
  })
})

describe('a term', () => {
  it('is quoted only if necessary', () => {
    expect(['sdxl', 'sd xl', 'a"b', '-x', 'OR', 'a*'].map(quoted)).toEqual(['sdxl', '"sd xl"', '"a\\"b"', '"-x"', '"OR"', '"a*"'])
    expect(term('model', 'sdxl', true)).toBe('model:="sdxl"')
    expect(term('seed', '12')).toBe('seed:12')
  })

  it('is added, inverted and removed', () => {
    const added = withTerm('cat', 'model:="sd xl"', 'include')
    expect(added).toBe('cat model:="sd xl"')
    expect(modeOf(added, 'model:="SD xl"')).toBe('include')
    const nextZoom = withTerm(added, 'model:="sd xl"', 'exclude')
    expect(nextZoom).toBe('cat -model:="sd xl"')
    expect(modeOf(nextZoom, 'model:="sd xl"')).toBe('exclude')
    expect(withTerm(nextZoom, 'model:="sd xl"', 'none')).toBe('cat')
  })

  it('leaves no double blanks', () => {
    expect(withTerm('a seed:1 b', 'seed:1', 'none')).toBe('a b')
  })

  it('puts brackets around existing alternatives', () => {
    expect(withTerm('cat OR dog', 'tag:like', 'include')).toBe('(cat OR dog) tag:like')
    expect(withTerm('(cat | dog)', 'tag:like', 'include')).toBe('(cat | dog) tag:like')
  })

  it('is removed by the click that added it', () => {
    expect(toggleTerm('tag:like', 'tag:like', 'include')).toBe('')
    expect(toggleTerm('tag:like', 'tag:like', 'exclude')).toBe('-tag:like')
  })
})

describe('the highlighted texts', () => {
  const fields = fieldNamesOf([
    { name: 'prompt', aliases: [], kind: 'text' },
    { name: 'model', aliases: [], kind: 'facet' },
    { name: 'steps', aliases: [], kind: 'number' },
  ])

  it('are words, phrases and values of text fields', () => {
    expect(searchedPatterns('cat "blue eyes" prompt:sun model:sdxl steps:>3 -dog NOT bird (x OR y)', fields)).toEqual([
      'cat', 'blue\\s+eyes', 'sun', 'x', 'y',
    ])
  })

  it('are patterns as they are, and wildcards', () => {
    expect(searchedPatterns('/a+b/ c?t (cat:1.2)', fields)).toEqual(['a+b', 'c.t', 'cat:1\\.2'])
  })

  it('are plain words only while the fields are unknown', () => {
    expect(searchedPatterns('cat prompt:sun model:sdxl', null)).toEqual(['cat'])
  })
})
