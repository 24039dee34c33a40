import { describe, expect, it } from 'vitest'

import { everything, isSelected, NOTHING, selectRange, selectedCount, toggleId, type Selection } from './selection'

const idsOf = (selection: Selection): number[] => [...selection.ids]

describe('selection', () => {
  it('toggles by id and remembers the anchor', () => {
    const two = toggleId(toggleId(NOTHING, 7), 9)
    expect(idsOf(two)).toEqual([7, 9])
    expect(two.anchor).toBe(9)
    expect(idsOf(toggleId(two, 7))).toEqual([9])
  })

  it('draws a range from the anchor and takes it back when it shrinks', () => {
    const anchored = toggleId(NOTHING, 3)
    const long = selectRange(anchored, [3, 4, 5, 6])
    expect(idsOf(selectRange(long, [3, 4], [3, 4, 5, 6]))).toEqual([3, 4])
  })

  it('deselects a range when the anchor was deselected', () => {
    const all = toggleId(everything(null), 4)
    const without = selectRange(all, [4, 5, 6])
    expect([4, 5, 6, 7].map((id) => isSelected(without, id))).toEqual([false, false, false, true])
    expect(selectedCount(without, 10)).toBe(7)
    expect(without.all).toBe(true)
  })

  it('never changes the value it was given', () => {
    const before = toggleId(NOTHING, 1)
    selectRange(before, [1, 2, 3])
    toggleId(before, 2)
    expect([...before.ids]).toEqual([1])
    expect(NOTHING.ids.size).toBe(0)
  })
})
