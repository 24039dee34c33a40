import { describe, expect, it } from 'vitest'

import { fieldNamesOf, mentionsField, textValue } from './queryFields'

const names = fieldNamesOf([
  { name: 'prompt', aliases: ['pos'], kind: 'text' },
  { name: 'steps', aliases: [], kind: 'number' },
  { name: 'model', aliases: ['ckpt'], kind: 'facet' },
])

describe('textValue', () => {
  it('is the value of a text field, by any of its names', () => {
    expect(['prompt:sun', 'POS:sun', 'sun'].map((term) => textValue(term, names))).toEqual(['sun', 'sun', 'sun'])
  })

  it('is null for other fields', () => {
    expect(['model:sdxl', 'ckpt:sdxl', 'steps:>3', 'steps>3'].map((term) => textValue(term, names))).toEqual([null, null, null, null])
  })

  it('is the whole term when it only looks like a field', () => {
    expect(textValue('cat:1.2', names)).toBe('cat:1.2')
  })

  it('is null for everything that looks like a field while the names are unknown', () => {
    expect(['prompt:sun', 'cat:1.2', 'sun'].map((term) => textValue(term, null))).toEqual([null, null, 'sun'])
  })
})

describe('mentionsField', () => {
  it('is false for plain words and phrases', () => {
    expect(['cat dog', '"blue eyes"', '-cat', 'model:sdxl', 'steps>3'].map(mentionsField)).toEqual([false, false, false, true, true])
  })
})
