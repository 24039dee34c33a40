import { describe, expect, it } from 'vitest'

import { fitted, held, resting, turned, zoomedAt } from './zoom'

const picture = { width: 2000, height: 1000 }
const stage = { width: 1000, height: 1000 }

describe('zoom', () => {
  it('fits the longer side', () => {
    expect(fitted(picture, stage).scale).toBe(0.5)
    expect(fitted({ width: 500, height: 250 }, stage).scale).toBe(2)
    expect(fitted({ width: 0, height: 0 }, stage).scale).toBe(1)
  })

  it('rests at the fit, but does not blow small pictures up', () => {
    expect(resting(picture, stage).scale).toBe(0.5)
    expect(resting({ width: 64, height: 64 }, stage).scale).toBe(1)
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

describe('the switch between sizes', () => {
  const small = { width: 400, height: 400 }

  it('takes a large picture to its own size and back', () => {
    expect(turned(resting(picture, stage), picture, stage, 1)).toEqual({ turn: 'actual', scale: 1 })
    expect(turned({ scale: 1, x: 300, y: 0 }, picture, stage, 1)).toEqual({ turn: 'rest', scale: 0.5 })
  })

  it('fills the stage with a small picture', () => {
    expect(turned(resting(small, stage), small, stage, 1)).toEqual({ turn: 'fill', scale: 2.5 })
  })

  it('looks closer where neither would show more', () => {
    const exact = { width: 990, height: 1000 }
    expect(turned(resting(exact, stage), exact, stage, 2)).toEqual({ turn: 'closer', scale: 2 })
    expect(turned(resting(picture, stage), picture, stage, 2)).toEqual({ turn: 'closer', scale: 1 })
  })
})
