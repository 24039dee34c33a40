import { Branch, BigNumberText, type Json } from './json'

/** Long lists are split into ranges of this size, so that expanding one never creates millions of rows. */
export const RANGE_SIZE = 1_000

/** A range of the children of a long branch. */
export class ChildRange {
  constructor(
    readonly branch: Branch,
    readonly from: number,
    /** End of the range, exclusive. */
    readonly to: number,
  ) {}
}

export type Expandable = Branch | ChildRange

export interface TreeRow {
  readonly depth: number
  /** The row above in the hierarchy, null for the root. */
  readonly parentRow: TreeRow | null
  /** The branch that contains the value, null for the root. */
  readonly parent: Branch | null
  /** Index in the branch; for a range, the index of its first child. */
  readonly index: number
  readonly value: Json | ChildRange
}

/** Child indexes at each level, from the root down. */
export type TreePath = readonly number[]

const rangesByBranch = new WeakMap<Branch, readonly ChildRange[]>()

/** Returns the same objects every time, since the set of expanded rows contains them. */
function childRanges(branch: Branch): readonly ChildRange[] {
  const cached = rangesByBranch.get(branch)
  if (cached !== undefined) return cached
  const ranges: ChildRange[] = []
  for (let from = 0; from < branch.values.length; from += RANGE_SIZE) {
    ranges.push(new ChildRange(branch, from, Math.min(from + RANGE_SIZE, branch.values.length)))
  }
  rangesByBranch.set(branch, ranges)
  return ranges
}

export const isExpandable = (value: Json | ChildRange): value is Expandable =>
  value instanceof ChildRange || (value instanceof Branch && value.values.length > 0)

/** The visible rows, in order: those whose ancestors are all expanded. */
export function visibleTree(root: Json, open: ReadonlySet<Expandable>): TreeRow[] {
  const rows: TreeRow[] = []
  function add(parentRow: TreeRow | null, parent: Branch | null, index: number, value: Json | ChildRange): void {
    const row = { depth: parentRow === null ? 0 : parentRow.depth + 1, parentRow, parent, index, value }
    rows.push(row)
    if (!isExpandable(value) || !open.has(value)) return
    if (value instanceof Branch && value.values.length > RANGE_SIZE) {
      for (const range of childRanges(value)) add(row, value, range.from, range)
      return
    }
    const [branch, from, to] = value instanceof ChildRange ? [value.branch, value.from, value.to] : [value, 0, value.values.length]
    for (let child = from; child < to; child++) add(row, branch, child, branch.values[child] ?? null)
  }
  add(null, null, 0, root)
  return rows
}

/** Everything that must be expanded for the value at a path to be visible. */
export function expandableAncestors(root: Json, path: TreePath): Expandable[] {
  const list: Expandable[] = []
  let value = root
  for (const index of path) {
    if (!(value instanceof Branch)) break
    list.push(value)
    const range = value.values.length > RANGE_SIZE ? childRanges(value)[Math.floor(index / RANGE_SIZE)] : undefined
    if (range !== undefined) list.push(range)
    value = value.values[index] ?? null
  }
  return list
}

/** The path of a row from the root. */
export function pathOf(row: TreeRow): TreePath {
  const path: number[] = []
  for (let at: TreeRow | null = row; at !== null; at = at.parentRow) {
    if (at.parentRow !== null && !(at.value instanceof ChildRange)) path.unshift(at.index)
  }
  return path
}

const PLAIN_NAME = /^[\p{L}_$][\p{L}\p{N}_$]*$/u

/** A path as programs write it: `nodes[3].widgets_values[0]`, `["12:3"].inputs.seed`. */
export function pathText(root: Json, path: TreePath): string {
  let text = ''
  let value = root
  for (const index of path) {
    if (!(value instanceof Branch)) break
    const key = value.keys?.[index]
    if (key === undefined) text += `[${index}]`
    else if (PLAIN_NAME.test(key)) text += text === '' ? key : `.${key}`
    else text += `[${JSON.stringify(key)}]`
    value = value.values[index] ?? null
  }
  return text
}

/** The text to copy for a value: strings without quotes, branches exactly as in the source. */
export function valueText(value: Json | ChildRange, source: string): string {
  if (value instanceof ChildRange) return `[${value.branch.values.slice(value.from, value.to).map((child) => quoted(child, source)).join(',')}]`
  if (value instanceof Branch) return source.slice(value.start, value.end)
  return value instanceof BigNumberText ? value.text : String(value)
}

const quoted = (value: Json, source: string): string => (typeof value === 'string' ? JSON.stringify(value) : valueText(value, source))

/** Keys that tools use for the name of an object, best first. */
const NAMES = ['class_type', 'title', 'type', 'name', 'label', 'id'] as const

/** The name of an object, such as `KSampler`; empty when it has none. */
export function branchName(branch: Branch): string {
  if (branch.keys === null) return ''
  for (const name of NAMES) {
    const value = branch.values[branch.keys.indexOf(name)]
    if (typeof value === 'string' && value !== '') return value.slice(0, 80)
  }
  return ''
}

/** Paths of all names and values that contain `words`, in order. Yields null now and then, so that the caller can pause. */
export function* findInTree(root: Json, words: string): Generator<TreePath | null, void> {
  const query = words.toLowerCase()
  const matches = (text: string): boolean => text.toLowerCase().includes(query)
  if (!(root instanceof Branch)) return
  const path: number[] = [-1]
  const branches: Branch[] = [root]
  for (let visits = 1; ; visits++) {
    if (visits % VISITS_PER_PAUSE === 0) yield null
    const branch = branches.at(-1)
    const index = (path.pop() ?? 0) + 1
    if (branch === undefined) return
    if (index >= branch.values.length) {
      branches.pop()
      continue
    }
    path.push(index)
    const value = branch.values[index] ?? null
    const key = branch.keys?.[index]
    const text = value instanceof Branch ? '' : value instanceof BigNumberText ? value.text : String(value)
    if (matches(text) || (key !== undefined && matches(key))) yield [...path]
    if (value instanceof Branch) {
      branches.push(value)
      path.push(-1)
    }
  }
}

const VISITS_PER_PAUSE = 2_000
