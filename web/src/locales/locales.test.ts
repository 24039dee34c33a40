import { describe, expect, it } from 'vitest'

import { ERROR_KINDS } from '../api/errors'
import { LANGUAGES } from '../core/preferences'
import { TAG_KINDS } from '../core/tagKinds'

interface Tree {
  readonly [key: string]: string | Tree
}

const files = import.meta.glob<Tree>('./*.json', { eager: true, import: 'default' })
const sources = import.meta.glob<string>(['../**/*.vue', '../**/*.ts', '!../**/*.test.ts', '!../api/generated/**'], {
  eager: true,
  query: '?raw',
  import: 'default',
})

function flat(tree: Tree, prefix = ''): Map<string, string> {
  const found = new Map<string, string>()
  for (const [key, value] of Object.entries(tree)) {
    if (typeof value === 'string') found.set(prefix + key, value)
    else for (const [inner, text] of flat(value, `${prefix}${key}.`)) found.set(inner, text)
  }
  return found
}

const messages = (language: string): Map<string, string> => flat(files[`./${language}.json`] ?? {})
const english = messages('en')
const code = Object.values(sources).join('\n')
const rooms = [...new Set([...english.keys()].map((key) => key.split('.')[0]))].join('|')

const placeholders = (text: string): string => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort().join()
const choices = (text: string): number => text.split(' | ').length

/** Beginnings of keys that are put together while the page runs: `help.gridKeys.${action}`. */
const beginnings = [...code.matchAll(new RegExp(`\`((?:${rooms})\\.[\\w.]*)\\$\\{[^}]+\\}([\\w.]*)\``, 'g'))].map(
  (match) => ({ start: match[1] ?? '', end: match[2] ?? '' }),
)
const literals = new Set([...code.matchAll(new RegExp(`'((?:${rooms})(?:\\.\\w+)+)'`, 'g'))].map((match) => match[1] ?? ''))

describe('English', () => {
  it('has every key the page uses', () => {
    // File names such as `info.css` and keys of storage look like keys too; those are imports and never in quotes alone.
    const missing = [...literals].filter((key) => !english.has(key) && !/\.(vue|css|json|ts)$/.test(key))
    expect(missing).toEqual([])
  })

  it('has no key that nothing uses', () => {
    const isUsed = (key: string): boolean =>
      literals.has(key) || beginnings.some(({ start, end }) => key.startsWith(start) && key.endsWith(end) && key.length > start.length)
    expect([...english.keys()].filter((key) => !isUsed(key))).toEqual([])
  })
})

describe('closed sets', () => {
  const keysBelow = (prefix: string): string[] => [...english.keys()].filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length)).sort()

  it('have a text for each error', () => {
    expect(keysBelow('errors.')).toEqual([...ERROR_KINDS].sort())
  })

  it('have a text for each kind of tag', () => {
    expect(keysBelow('tagKinds.')).toEqual(Object.keys(TAG_KINDS).sort())
  })
})

describe.each(Object.keys(LANGUAGES).filter((language) => language !== 'en'))('%s', (language) => {
  const own = messages(language)

  it('says everything and nothing more', () => {
    expect([...own.keys()].sort()).toEqual([...english.keys()].sort())
  })

  it('leaves nothing empty and keeps the placeholders', () => {
    for (const [key, text] of own) {
      const source = english.get(key) ?? ''
      expect(text.trim(), key).not.toBe('')
      expect(placeholders(text), key).toBe(placeholders(source))
      expect(choices(text), key).toBe(choices(source))
    }
  })
})
