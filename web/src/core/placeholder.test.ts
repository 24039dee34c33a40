import { describe, expect, it } from 'vitest'
import { rgbaToThumbHash } from 'thumbhash'

import { Placeholders } from './placeholder'

describe('Placeholders', () => {
  const red = new Uint8Array(8 * 8 * 4).map((_, index) => (index % 4 === 0 || index % 4 === 3 ? 255 : 0))
  const hash = btoa(String.fromCharCode(...rgbaToThumbHash(8, 8, red)))

  it('gives the colour and a picture', () => {
    const made = new Placeholders().get(hash)
    const [r, g] = (made?.color.match(/\d+/g) ?? []).map(Number)
    expect(r).toBeGreaterThan(200)
    expect(g).toBeLessThan(60)
    expect(made?.url).toMatch(/^data:image\/png;base64,/)
  })

  it('answers a damaged hash with nothing', () => {
    const placeholders = new Placeholders()
    expect([null, '', '%%%', 'AA=='].map((text) => placeholders.get(text))).toEqual([null, null, null, null])
  })
})
