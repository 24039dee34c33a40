import { describe, expect, it } from 'vitest'

import { toCodePointOffset, toUtf16Offset } from './codePoints'

describe('places in a text', () => {
  it('count an emoji once for the server and twice here', () => {
    const text = '🐈 cat'
    expect(toUtf16Offset(text, 2)).toBe(3)
    expect(toCodePointOffset(text, 3)).toBe(2)
  })

  it('stay inside the text', () => {
    expect(toUtf16Offset('ab', 9)).toBe(2)
    expect(toUtf16Offset('ab', -1)).toBe(0)
    expect(toCodePointOffset('ab', 9)).toBe(2)
  })
})
