import { describe, expect, it } from 'vitest'

import { pieces, searchPatternOf } from './highlight'
import { fieldNamesOf } from './queryFields'

const FIELDS = fieldNamesOf([{ name: 'model', aliases: [], kind: 'facet' }])

const marked = (text: string, words: string, regex = false): string[] =>
  pieces(text, searchPatternOf({ text: words, regex }, FIELDS)).filter((piece) => piece.isMatch).map((piece) => piece.text)

describe('pieces', () => {
  it('highlights every match, ignoring case', () => {
    expect(marked('Cat, cat and CATS', 'cat')).toEqual(['Cat', 'cat', 'CAT'])
  })

  it('treats special characters as text unless the query is a regular expression', () => {
    expect(marked('(cat:1.2) catX1Y2', '(cat:1.2)')).toEqual(['cat:1.2'])
    expect(marked('cat, cot', 'c[ao]t', true)).toEqual(['cat', 'cot'])
  })

  it('highlights each word of a query except excluded ones', () => {
    expect(marked('a blue cat, a dog', 'cat -dog blue model:a')).toEqual(['blue', 'cat'])
  })

  it('keeps the whole text', () => {
    const text = 'a red house, a blue house'
    expect(pieces(text, searchPatternOf({ text: 'house', regex: false }, FIELDS)).map((piece) => piece.text).join('')).toBe(text)
  })

  it.each([['', false], ['   ', false], ['(', true], ['(a+)+$', true], ['(?i)x', true]])('highlights nothing for %j', (words, regex) => {
    expect(searchPatternOf({ text: words, regex }, FIELDS)).toBeNull()
  })

  it('ignores empty matches', () => {
    expect(marked('abc', 'x*', true)).toEqual([])
  })
})
