import { expect, test } from 'vitest'

import { ElementKeys } from './elementKeys'

test('a cell drawn before its record came keeps its element when it comes', () => {
  const keys = new ElementKeys()
  const before = keys.assign([
    { position: 0, id: null },
    { position: 1, id: null },
  ])

  const after = keys.assign([
    { position: 0, id: 71 },
    { position: 1, id: 72 },
  ])

  expect(after).toEqual(before)
})

test('an element follows its item to another place', () => {
  const keys = new ElementKeys()
  const [first, second] = keys.assign([
    { position: 0, id: 71 },
    { position: 1, id: 72 },
  ])

  const moved = keys.assign([
    { position: 0, id: 70 },
    { position: 1, id: 71 },
    { position: 2, id: 72 },
  ])

  expect(moved.slice(1)).toEqual([first, second])
})

test('keys are always different, whatever comes and goes', () => {
  const keys = new ElementKeys()
  let seed = 7
  const random = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below
  for (let round = 0; round < 300; round++) {
    const start = random(20)
    const cells = Array.from({ length: 1 + random(12) }, (_, index) => ({
      position: start + index,
      id: random(3) === 0 ? null : random(30),
    }))

    const given = keys.assign(cells)

    expect(new Set(given).size).toBe(cells.length)
  }
})
