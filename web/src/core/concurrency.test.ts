import { describe, expect, it } from 'vitest'

import { mapConcurrent } from './concurrency'

describe('mapConcurrent', () => {
  it('keeps the order and never exceeds the limit', async () => {
    let running = 0
    let maximum = 0
    const answers = await mapConcurrent([30, 5, 20, 1], 2, async (ms) => {
      maximum = Math.max(maximum, ++running)
      await new Promise((resolve) => setTimeout(resolve, ms))
      running--
      return ms * 2
    })
    expect([answers, maximum]).toEqual([[60, 10, 40, 2], 2])
  })

  it('fails when one fails', async () => {
    await expect(mapConcurrent([1, 2], 2, (item) => (item === 2 ? Promise.reject(new Error('no')) : Promise.resolve(item)))).rejects.toThrow('no')
  })
})
