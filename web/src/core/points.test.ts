import { describe, expect, it } from 'vitest'

import { pointsAt, unitsAt } from './points'

describe('places in a text', () => {
  it('count an emoji once for the server and twice here', () => {
    const text = '🐈 cat'
    expect(unitsAt(text, 2)).toBe(3)
    expect(pointsAt(text, 3)).toBe(2)
  })

  it('stay inside the text', () => {
    expect(unitsAt('ab', 9)).toBe(2)
    expect(unitsAt('ab', -1)).toBe(0)
    expect(pointsAt('ab', 9)).toBe(2)
  })
})
