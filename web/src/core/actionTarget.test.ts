import { describe, expect, it } from 'vitest'

import { everything, NOTHING, toggleId } from './selection'
import { itemTarget, selectionTarget } from './actionTarget'
import type { ResultSource } from './types'

const results: ResultSource = {
  token: 't',
  total: 4,
  exact: true,
  buckets: [],
  layout: new Uint16Array(4),
  columns: (start, count) => {
    const id = [7, 5, 3, 1].slice(start, start + count)
    const zeros = id.map(() => 0)
    return Promise.resolve({ start, id, w: zeros, h: zeros, time: zeros, kind: zeros, thumbhash: id.map(() => null) })
  },
}

describe('selectionTarget', () => {
  it('knows when it is one item', async () => {
    const target = selectionTarget(toggleId(NOTHING, 5), results)
    expect([target.count, target.single, await target.ids()]).toEqual([1, 5, [5]])
  })

  it('fetches the ids when everything is selected, but for the exceptions', async () => {
    const target = selectionTarget(toggleId(everything(null), 3), results)
    expect([target.count, target.single, await target.ids()]).toEqual([3, null, [7, 5, 1]])
  })
})

describe('itemTarget', () => {
  it('is its item', async () => {
    expect(await itemTarget(9).ids()).toEqual([9])
  })
})
