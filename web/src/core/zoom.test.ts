import { describe, expect, it } from 'vitest'

import { fitted, held, zoomedAt } from './zoom'

const picture = { width: 2000, height: 1000 }
const stage = { width: 1000, height: 1000 }

describe('zoom', () => {
  it('fits the longer side and does not blow small pictures up for ever', () => {
    expect(fitted(picture, stage).scale).toBe(0.5)
    expect(fitted({ width: 64, height: 64 }, stage).scale).toBe(3)
    expect(fitted({ width: 0, height: 0 }, stage).scale).toBe(1)
  })

  it('keeps the point under the pointer', () => {
    const before = fitted(picture, stage)
    const point = { x: 200, y: 0 }
    const after = zoomedAt(before, 2, point, picture, stage)
    expect((point.x - after.x) / after.scale).toBeCloseTo((point.x - before.x) / before.scale)
  })

  it('never shows beyond the edge', () => {
    expect(held({ scale: 1, x: 9999, y: 50 }, picture, stage)).toEqual({ scale: 1, x: 500, y: 0 })
  })

  it('ends between the fit and sixteen times', () => {
    const at = { x: 0, y: 0 }
    expect(zoomedAt(fitted(picture, stage), 0.01, at, picture, stage).scale).toBe(0.5)
    expect(zoomedAt(fitted(picture, stage), 400, at, picture, stage).scale).toBe(16)
  })
})
