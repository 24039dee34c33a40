import { describe, expect, it } from 'vitest'

import { Branch, BigNumberText, JsonProblem, JsonReader, readJson, readPartialJson, type Json } from './json'

function plain(value: Json): unknown {
  if (value instanceof BigNumberText) return value.text
  if (!(value instanceof Branch)) return value
  const inner = value.values.map(plain)
  return value.keys === null ? inner : Object.fromEntries(value.keys.map((key, index) => [key, inner[index]]))
}

describe('readJson', () => {
  it.each([
    '{"a": [1, -2.5, true, false, null, "x"], "b": {}, "c": []}',
    '"caf\\u00e9 \\"quoted\\" \\\\ \\n"',
    '[[[[]]], {"": {"": 0}}]',
    ' 12 ',
  ])('reads %s as the strict reader does', (text) => {
    expect(plain(readJson(text))).toEqual(JSON.parse(text))
  })

  it('keeps the digits of numbers a float cannot hold', () => {
    expect(plain(readJson('{"seed": 12345678901234567890, "cfg": 7.0}'))).toEqual({ seed: '12345678901234567890', cfg: '7.0' })
  })

  it('takes NaN and infinities', () => {
    expect(plain(readJson('[NaN, -Infinity, Infinity]'))).toEqual(['NaN', '-Infinity', 'Infinity'])
  })

  it('takes a comma too many and line breaks in texts', () => {
    expect(plain(readJson('{"a": "one\ntwo\\t", "b": [1,],}'))).toEqual({ a: 'one\ntwo\t', b: [1] })
  })

  it('keeps the order of the keys', () => {
    expect((readJson('{"10": 1, "2": 2}') as Branch).keys).toEqual(['10', '2'])
  })

  it('remembers where branches stand', () => {
    const text = '{"a": [1, {"b": 2}]}'
    const list = (readJson(text) as Branch).values[0] as Branch
    expect(text.slice(list.start, list.end)).toBe('[1, {"b": 2}]')
  })

  it.each(['', '{', '[1 2]', '{"a" 1}', '"open', '{} {}', '[,1]', 'nope', '['.repeat(5_000)])('refuses %j', (text) => {
    expect(() => readJson(text)).toThrow(JsonProblem)
  })
})

describe('readPartly', () => {
  it('keeps what stands before the place where a text breaks off', () => {
    const text = '{"nodes": [{"id": 1, "type": "KSampler"}, {"id": 2, "ty'
    const { value, problem } = readPartialJson(text)
    expect(plain(value)).toEqual({ nodes: [{ id: 1, type: 'KSampler' }, { id: 2 }] })
    expect(problem?.at).toBe(text.lastIndexOf('"ty'))
  })

  it('ends branches that were never closed where the text ends', () => {
    const text = '{"a": [1, 2'
    const root = readPartialJson(text).value as Branch
    const list = root.values[0] as Branch
    expect(text.slice(list.start, list.end)).toBe('[1, 2')
  })

  it('has no problem with a whole text', () => {
    expect(readPartialJson('[1]').problem).toBeNull()
  })
})

describe('JsonReader', () => {
  it('reads a few values at a time, to the same end', () => {
    const text = '{"a": [1, {"b": [true, []]}, "c"], "d": {}}'
    const reader = new JsonReader(text)
    let turns = 1
    while (!reader.advance(2)) turns++
    expect(turns).toBeGreaterThan(3)
    expect(plain(reader.root)).toEqual(JSON.parse(text))
  })
})
