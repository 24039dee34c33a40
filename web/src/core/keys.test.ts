import { describe, expect, it } from 'vitest'

import { actionFor, chord, GRID_KEYS, keyCaps, keysByAction, VIEWER_KEYS, type KeyPress } from './keys'

const press = (key: string, more: Partial<KeyPress> = {}): KeyPress => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  ...more,
})

describe('chord', () => {
  it.each([
    [press('a', { ctrlKey: true }), 'Ctrl+A'],
    [press('a', { metaKey: true }), 'Ctrl+A'],
    [press('A', { shiftKey: true }), 'Shift+A'],
    [press('?', { shiftKey: true }), '?'],
    [press(' '), 'Space'],
    [press('ArrowLeft', { shiftKey: true, altKey: true }), 'Alt+Shift+ArrowLeft'],
  ])('names %o', (given, name) => {
    expect(chord(given)).toBe(name)
  })
})

describe('actionFor', () => {
  it('finds what is mapped and nothing else', () => {
    expect(actionFor(GRID_KEYS, press('End'))).toBe('last')
    expect(actionFor(GRID_KEYS, press('a', { ctrlKey: true }))).toBe('selectAll')
    expect(actionFor(VIEWER_KEYS, press('i'))).toBe('info')
    expect(actionFor(GRID_KEYS, press('toString'))).toBeNull()
    expect(actionFor(GRID_KEYS, press('ArrowLeft', { altKey: true }))).toBeNull()
  })
})

describe('keysByAction', () => {
  it('gathers what leads to the same action', () => {
    expect(keysByAction({ A: 'up', B: 'down', C: 'up' })).toEqual([
      ['up', ['A', 'C']],
      ['down', ['B']],
    ])
  })
})

describe('keyCaps', () => {
  it('splits chords and keeps the plus sign', () => {
    expect(keyCaps('Ctrl+A')).toEqual(['Ctrl', 'A'])
    expect(keyCaps('+')).toEqual(['+'])
    expect(keyCaps('ArrowLeft')).toEqual(['←'])
  })
})
