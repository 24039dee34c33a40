import { describe, expect, it } from 'vitest'

import { defaults, matchLanguage, readPreferences } from './preferences'

describe('readPreferences', () => {
  it('keeps what makes sense and replaces what does not', () => {
    expect(readPreferences({ theme: 'dark', language: 'xx', rowHeight: 9999, panel: true, rail: 'yes' })).toEqual({
      ...defaults,
      theme: 'dark',
      rowHeight: 480,
      panel: true,
    })
  })

  it('takes anything', () => {
    for (const odd of [null, undefined, 3, 'x', [], { rowHeight: 'tall' }]) expect(readPreferences(odd)).toEqual(defaults)
  })
})

describe('matchLanguage', () => {
  it.each([
    [['de-AT', 'en'], 'de'],
    [['fr', 'ja'], 'ja'],
    [['zh-TW'], 'zh-Hant'],
    [['zh-CN'], 'zh-Hans'],
    [['zh-Hant-HK'], 'zh-Hant'],
    [['zh'], 'zh-Hans'],
    [['toString', 'fr'], 'en'],
    [[], 'en'],
  ])('%j gives %s', (wanted, language) => {
    expect(matchLanguage(wanted)).toBe(language)
  })
})
