import { describe, expect, it } from 'vitest'

import { EVERYTHING, fromLegacyParams, fromParams, fromSavedSearch, isFiltered, itemOf, sameQuery, tagMode, toBody, toParams, toggleSearchTerm, withTag, type BrowseQuery } from './query'

const FULL: BrowseQuery = {
  text: 'red & blue? 100%',
  regex: true,
  folder: 'C:\\pictures\\a, b',
  recursive: false,
  kinds: ['image', 'video'],
  include: [3, 1],
  exclude: [7],
  album: 5,
  sort: 'random',
  seed: 42,
}

describe('the address', () => {
  it('gives a query back as it was', () => {
    expect(fromParams(toParams(FULL))).toEqual(FULL)
  })

  it('survives being written out and read again', () => {
    const text = new URLSearchParams(toParams(FULL)).toString()
    expect(fromParams(Object.fromEntries(new URLSearchParams(text)))).toEqual(FULL)
  })

  it('is empty for the default query', () => {
    expect(toParams(EVERYTHING)).toEqual({})
    expect(fromParams({})).toEqual(EVERYTHING)
  })

  it('leaves out parameters without effect', () => {
    expect(toParams({ ...EVERYTHING, seed: 5, recursive: false, kinds: ['image', 'video', 'audio'] })).toEqual({})
  })

  it('ignores invalid parameters', () => {
    const odd = { sort: 'colour', kind: 'image,hologram', tag: '1,x,-2,1', seed: '1e9', q: ['first', 'second'], re: null }
    expect(fromParams(odd)).toEqual({ ...EVERYTHING, text: 'first', kinds: ['image'], include: [1] })
  })

  it('does not include and exclude a tag at once', () => {
    expect(fromParams({ tag: '1', not: '1,2' })).toMatchObject({ include: [1], exclude: [2] })
  })

  it('names an item only by a number', () => {
    expect(itemOf({ item: '12' })).toBe(12)
    expect(itemOf({ item: 'x' })).toBeNull()
    expect(itemOf({})).toBeNull()
  })
})

describe('old addresses', () => {
  it('open a folder, with or without subfolders', () => {
    expect(fromLegacyParams({ action: 'open', path: '/a', mode: 'walk' }, {})).toMatchObject({ folder: '/a', recursive: true })
    expect(fromLegacyParams({ action: 'open', path: '/a', mode: 'scanned' }, {})).toMatchObject({ folder: '/a', recursive: false })
  })

  it('know the words for the folders of a web UI', () => {
    const known = { outdir_txt2img_samples: '/ui/txt2img' }
    expect(fromLegacyParams({ action: 'open', path: 'txt2img' }, known)?.folder).toBe('/ui/txt2img')
  })

  it('are distinguished from current addresses', () => {
    expect(fromLegacyParams({ path: '/a' }, {})).toBeNull()
    expect(fromLegacyParams({ action: 'open' }, {})).toBeNull()
  })
})

describe('terms', () => {
  it('are added and removed by the same click', () => {
    const added = toggleSearchTerm({ ...EVERYTHING, text: 'cat' }, 'tag:like', 'include')
    expect(added.text).toBe('cat tag:like')
    expect(toggleSearchTerm(added, 'tag:like', 'include').text).toBe('cat')
  })

  it('are added to a regular expression', () => {
    const next = toggleSearchTerm({ ...EVERYTHING, text: 'a/b c', regex: true }, 'tag:like', 'exclude')
    expect(next).toMatchObject({ text: '/a\\/b c/ -tag:like', regex: false })
  })
})

describe('toBody', () => {
  it('sends the seed only for the random order', () => {
    expect(toBody({ ...FULL, sort: 'name' }).seed).toBe(0)
    expect(toBody(FULL).seed).toBe(42)
  })

  it('uses the search language unless the text is a regular expression', () => {
    expect(toBody({ ...EVERYTHING, text: ' a b ' })).toMatchObject({ q: 'a b', language: true, regex: false })
    expect(toBody(FULL)).toMatchObject({ language: false, regex: true })
    expect(toBody({ ...EVERYTHING, text: '  ', regex: true })).toMatchObject({ q: '', language: true, regex: false })
  })

  it('allows the manual order only in an album', () => {
    expect(toBody({ ...EVERYTHING, sort: 'manual' }).sort).toBe('newest')
    expect(toBody({ ...EVERYTHING, sort: 'manual', album: 2 })).toMatchObject({ sort: 'manual', album: 2 })
  })

  it('spells tags as the server does', () => {
    expect(toBody(FULL)).toMatchObject({ and_tags: [3, 1], or_tags: [], not_tags: [7], q: 'red & blue? 100%' })
  })
})

describe('tags', () => {
  it('move between the lists', () => {
    const included = withTag(EVERYTHING, 4, 'include')
    expect(tagMode(included, 4)).toBe('include')
    const excluded = withTag(included, 4, 'exclude')
    expect(excluded).toMatchObject({ include: [], exclude: [4] })
    expect(withTag(excluded, 4, 'none')).toEqual(EVERYTHING)
  })
})

describe('a saved search', () => {
  it('comes back as it was saved', () => {
    expect(fromSavedSearch({ ...FULL })).toEqual(FULL)
  })

  it('accepts the form of the API and ignores invalid values', () => {
    expect(fromSavedSearch({ q: 'cat', and_tags: [3, 'x'], sort: 'colour', folder: 4 })).toEqual({ ...EVERYTHING, text: 'cat', include: [3] })
  })

  it('is recognised by its results', () => {
    expect(sameQuery({ ...EVERYTHING, seed: 4 }, EVERYTHING)).toBe(true)
    expect(sameQuery({ ...EVERYTHING, text: 'a' }, EVERYTHING)).toBe(false)
  })
})

describe('isFiltered', () => {
  it('ignores the sort order', () => {
    expect(isFiltered({ ...EVERYTHING, sort: 'size', seed: 1, regex: true, text: ' ' })).toBe(false)
    expect(isFiltered({ ...EVERYTHING, folder: '/a' })).toBe(true)
  })
})
