import { describe, expect, it } from 'vitest'

import { pieces, searchPatternOf } from './highlight'
import { fieldNamesOf } from './queryFields'

const FIELDS = fieldNamesOf([{ name: 'model', aliases: [], kind: 'facet' }])

const marked = (text: string, words: string, regex = false): string[] =>
  pieces(text, searchPatternOf({ text: words, regex }, FIELDS)).filter((piece) => piece.isMatch).map((piece) => piece.text)

describe('pieces', () => {
  it('marks every find, whatever its case', () => {
    expect(marked('Cat, cat and CATS', 'cat')).toEqual(['Cat', 'cat', 'CAT'])
  })

  it('takes signs as they are unless a pattern is meant', () => {
    expect(marked('(cat:1.2) catX1Y2', '(cat:1.2)')).toEqual(['cat:1.2'])
    expect(marked('cat, cot', 'c[ao]t', true)).toEqual(['cat', 'cot'])
  })

  it('marks each word of a query, not what is left out', () => {
    expect(marked('a blue cat, a dog', 'cat -dog blue model:a')).toEqual(['blue', 'cat'])
  })

  it('loses nothing of the text', () => {
    const text = 'a red house, a blue house'
    expect(pieces(text, searchPatternOf({ text: 'house', regex: false }, FIELDS)).map((piece) => piece.text).join('')).toBe(text)
  })

  it.each([['', false], ['   ', false], ['(', true], ['(a+)+$', true], ['(?i)x', true]])('marks nothing for %j', (words, regex) => {
    expect(searchPatternOf({ text: words, regex }, FIELDS)).toBeNull()
  })

  it('passes over finds without length', () => {
    expect(marked('abc', 'x*', true)).toEqual([])
  })
})
