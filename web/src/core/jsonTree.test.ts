import { describe, expect, it } from 'vitest'

import { Branch, readJson } from './json'
import { branchName, findInTree, RANGE_SIZE, expandableAncestors, pathText, pathOf, ChildRange, valueText, visibleTree, type Expandable, type TreePath } from './jsonTree'

const SOURCE = '{"3": {"class_type": "KSampler", "inputs": {"seed": 5, "model": ["4", 0]}}, "size": [1, 2]}'
const root = readJson(SOURCE) as Branch

function all(value: Branch): Expandable[] {
  return [value, ...value.values.filter((one) => one instanceof Branch).flatMap(all)]
}
const found = (words: string): TreePath[] => [...findInTree(root, words)].filter((path) => path !== null)

describe('visibleTree', () => {
  it('shows the root alone while it is closed', () => {
    expect(visibleTree(root, new Set())).toHaveLength(1)
  })

  it('shows the children of what is open, in order', () => {
    const rows = visibleTree(root, new Set([root]))
    expect(rows.map((row) => [row.depth, row.index])).toEqual([[0, 0], [1, 0], [1, 1]])
  })

  it('shows nothing below a closed branch, though what is in it is open', () => {
    const open = new Set(all(root))
    open.delete(root.values[0] as Branch)
    expect(visibleTree(root, open)).toHaveLength(5)
  })

  it('groups a long list into ranges', () => {
    const list = readJson(`[${'0,'.repeat(2 * RANGE_SIZE)}0]`) as Branch
    const rows = visibleTree(list, new Set([list]))
    expect(rows.slice(1).map((row) => row.value instanceof ChildRange && [row.value.from, row.value.to])).toEqual([
      [0, RANGE_SIZE],
      [RANGE_SIZE, 2 * RANGE_SIZE],
      [2 * RANGE_SIZE, 2 * RANGE_SIZE + 1],
    ])
    const last = rows[3]?.value as ChildRange
    expect(visibleTree(list, new Set<Expandable>([list, last])).at(-1)).toMatchObject({ depth: 2, index: 2 * RANGE_SIZE, parent: list })
  })
})

describe('places', () => {
  it('opens exactly what hides a value', () => {
    const open = new Set(expandableAncestors(root, [0, 1, 1, 0]))
    expect(visibleTree(root, open).some((row) => row.value === '4')).toBe(true)
    expect(open.has(root.values[1] as Branch)).toBe(false)
  })

  it('opens the run of a long list in which a value lies', () => {
    const list = readJson(`[${'0,'.repeat(RANGE_SIZE)}"last"]`) as Branch
    const open = new Set(expandableAncestors(list, [RANGE_SIZE]))
    expect(visibleTree(list, open).at(-1)?.value).toBe('last')
  })

  it('finds the place of every row', () => {
    for (const row of visibleTree(root, new Set(all(root)))) {
      let value: unknown = root
      for (const index of pathOf(row)) value = (value as Branch).values[index]
      expect(value).toBe(row.value)
    }
  })

  it('leaves ranges out of paths', () => {
    const list = readJson(`[${'0,'.repeat(RANGE_SIZE)}"last"]`) as Branch
    const row = visibleTree(list, new Set(expandableAncestors(list, [RANGE_SIZE]))).at(-1)
    expect(row && pathOf(row)).toEqual([RANGE_SIZE])
  })

  it('writes a path as programs do', () => {
    expect(pathText(root, [0, 1, 1, 0])).toBe('["3"].inputs.model[0]')
    expect(pathText(root, [1, 1])).toBe('size[1]')
    expect(pathText(root, [])).toBe('')
  })
})

describe('values', () => {
  it('copies branches as they stand and texts without quotes', () => {
    expect(valueText(root, SOURCE)).toBe(SOURCE)
    expect(valueText('a "b"', SOURCE)).toBe('a "b"')
    expect(valueText(null, SOURCE)).toBe('null')
    expect(valueText(new ChildRange(root.values[1] as Branch, 0, 2), SOURCE)).toBe('[1,2]')
  })

  it('names an object by what it calls itself', () => {
    expect(branchName(root.values[0] as Branch)).toBe('KSampler')
    expect(branchName(root.values[1] as Branch)).toBe('')
  })
})

describe('findInTree', () => {
  it('finds names and values, whatever their case, in order', () => {
    expect(found('s').map((path) => pathText(root, path))).toEqual(['["3"].class_type', '["3"].inputs', '["3"].inputs.seed', 'size'])
    expect(found('ksampler')).toEqual([[0, 0]])
    expect(found('5')).toEqual([[0, 1, 0]])
  })

  it('finds nothing that is not there', () => {
    expect(found('nowhere')).toEqual([])
  })

  it('pauses in large trees', () => {
    const large = readJson(`[${'0,'.repeat(9_000)}0]`)
    expect([...findInTree(large, 'x')].length).toBeGreaterThan(3)
  })
})
