import { Branch, BigNumberText, type Json } from './json'

/** Long lists are shown in runs of this many, so that opening one never draws up millions of rows. */
export const RANGE_SIZE = 1_000

/** A run of the children of a long branch. */
export class ChildRange {
  constructor(
    readonly branch: Branch,
    readonly from: number,
    /** Exclusive. */
    readonly to: number,
  ) {}
}

export type Expandable = Branch | ChildRange

export interface TreeRow {
  readonly depth: number
  /** The row it is opened from, null for the root. */
  readonly up: TreeRow | null
  /** The branch it is a child of, null for the root. */
  readonly parent: Branch | null
  /** Which child; for a run the first one. */
  readonly index: number
  readonly value: Json | ChildRange
}

/** Which child at each level, from the root down. */
export type TreePath = readonly number[]

const rangesByBranch = new WeakMap<Branch, readonly ChildRange[]>()

/** The same objects every time, for they are what is remembered as open. */
function childRanges(branch: Branch): readonly ChildRange[] {
  const known = rangesByBranch.get(branch)
  if (known !== undefined) return known
  const made: ChildRange[] = []
  for (let from = 0; from < branch.values.length; from += RANGE_SIZE) {
    made.push(new ChildRange(branch, from, Math.min(from + RANGE_SIZE, branch.values.length)))
  }
  rangesByBranch.set(branch, made)
  return made
}

export const isExpandable = (value: Json | ChildRange): value is Expandable =>
  value instanceof ChildRange || (value instanceof Branch && value.values.length > 0)

/** The rows to be seen, in order: everything whose ancestors are open. */
export function visibleTree(root: Json, open: ReadonlySet<Expandable>): TreeRow[] {
  const rows: TreeRow[] = []
  function add(up: TreeRow | null, parent: Branch | null, index: number, value: Json | ChildRange): void {
    const row = { depth: up === null ? 0 : up.depth + 1, up, parent, index, value }
    rows.push(row)
    if (!isExpandable(value) || !open.has(value)) return
    if (value instanceof Branch && value.values.length > RANGE_SIZE) {
      for (const run of childRanges(value)) add(row, value, run.from, run)
      return
    }
    const [branch, from, to] = value instanceof ChildRange ? [value.branch, value.from, value.to] : [value, 0, value.values.length]
    for (let child = from; child < to; child++) add(row, branch, child, branch.values[child] ?? null)
  }
  add(null, null, 0, root)
  return rows
}

/** What has to be open for the value at a path to be seen. */
export function expandableAncestors(root: Json, path: TreePath): Expandable[] {
  const found: Expandable[] = []
  let value = root
  for (const index of path) {
    if (!(value instanceof Branch)) break
    found.push(value)
    const run = value.values.length > RANGE_SIZE ? childRanges(value)[Math.floor(index / RANGE_SIZE)] : undefined
    if (run !== undefined) found.push(run)
    value = value.values[index] ?? null
  }
  return found
}

/** Which child of which branch a row is, from the root down. */
export function pathOf(row: TreeRow): TreePath {
  const path: number[] = []
  for (let at: TreeRow | null = row; at !== null; at = at.up) {
    if (at.up !== null && !(at.value instanceof ChildRange)) path.unshift(at.index)
  }
  return path
}

const PLAIN_NAME = /^[\p{L}_$][\p{L}\p{N}_$]*$/u

/** `nodes[3].widgets_values[0]`, `["12:3"].inputs.seed`. */
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

/** What is copied: texts without quotes, branches exactly as they stand in the source. */
export function valueText(value: Json | ChildRange, source: string): string {
  if (value instanceof ChildRange) return `[${value.branch.values.slice(value.from, value.to).map((one) => quoted(one, source)).join(',')}]`
  if (value instanceof Branch) return source.slice(value.start, value.end)
  return value instanceof BigNumberText ? value.text : String(value)
}

const quoted = (value: Json, source: string): string => (typeof value === 'string' ? JSON.stringify(value) : valueText(value, source))

/** The names under which tools say what an object is, best first. */
const NAMES = ['class_type', 'title', 'type', 'name', 'label', 'id'] as const

/** What an object is, in its own words: `KSampler`. */
export function branchName(branch: Branch): string {
  if (branch.keys === null) return ''
  for (const name of NAMES) {
    const value = branch.values[branch.keys.indexOf(name)]
    if (typeof value === 'string' && value !== '') return value.slice(0, 80)
  }
  return ''
}

/** All places whose name or value holds the words, in order. A generator, so that the caller may pause. */
export function* findInTree(root: Json, words: string): Generator<TreePath | null, void> {
  const wanted = words.toLowerCase()
  const holds = (text: string): boolean => text.toLowerCase().includes(wanted)
  if (!(root instanceof Branch)) return
  const path: number[] = [-1]
  const branches: Branch[] = [root]
  for (let visits = 1; ; visits++) {
    if (visits % PAUSE === 0) yield null
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
    const own = value instanceof Branch ? '' : value instanceof BigNumberText ? value.text : String(value)
    if (holds(own) || (key !== undefined && holds(key))) yield [...path]
    if (value instanceof Branch) {
      branches.push(value)
      path.push(-1)
    }
  }
}

const PAUSE = 2_000
