import { describe, expect, it } from 'vitest'

import { fitZoom, clampZoom, initialZoom, nextZoom, zoomedAt } from './zoom'

const picture = { width: 2000, height: 1000 }
const stage = { width: 1000, height: 1000 }

describe('zoom', () => {
  it('fits the longer side', () => {
    expect(fitZoom(picture, stage).scale).toBe(0.5)
    expect(fitZoom({ width: 500, height: 250 }, stage).scale).toBe(2)
    expect(fitZoom({ width: 0, height: 0 }, stage).scale).toBe(1)
  })

  it('shows a large picture whole and a small one in its actual size', () => {
    expect(initialZoom(picture, stage).scale).toBe(0.5)
    expect(initialZoom({ width: 64, height: 64 }, stage).scale).toBe(1)
  })

  it('keeps the point under the pointer', () => {
    const before = fitZoom(picture, stage)
    const point = { x: 200, y: 0 }
    const after = zoomedAt(before, 2, point, picture, stage)
    expect((point.x - after.x) / after.scale).toBeCloseTo((point.x - before.x) / before.scale)
  })

  it('never shows anything beyond the edge', () => {
    expect(clampZoom({ scale: 1, x: 9999, y: 50 }, picture, stage)).toEqual({ scale: 1, x: 500, y: 0 })
  })

  it('ends between the fit and sixteen times', () => {
    const at = { x: 0, y: 0 }
    expect(zoomedAt(fitZoom(picture, stage), 0.01, at, picture, stage).scale).toBe(0.5)
    expect(zoomedAt(fitZoom(picture, stage), 400, at, picture, stage).scale).toBe(16)
  })
})

describe('the switch between sizes', () => {
  const small = { width: 400, height: 400 }

  it('takes a large picture to its own size and back', () => {
    expect(nextZoom(initialZoom(picture, stage), picture, stage, 1)).toEqual({ step: 'actual', scale: 1 })
    expect(nextZoom({ scale: 1, x: 300, y: 0 }, picture, stage, 1)).toEqual({ step: 'fit', scale: 0.5 })
  })

  it('fills the stage with a small picture', () => {
    expect(nextZoom(initialZoom(small, stage), small, stage, 1)).toEqual({ step: 'fill', scale: 2.5 })
  })

  it('looks closer where neither would show more', () => {
    const exact = { width: 990, height: 1000 }
    expect(nextZoom(initialZoom(exact, stage), exact, stage, 2)).toEqual({ step: 'closer', scale: 2 })
    expect(nextZoom(initialZoom(picture, stage), picture, stage, 2)).toEqual({ step: 'closer', scale: 1 })
  })
})
