import { computed, onScopeDispose, ref, shallowRef, watch, type Ref } from 'vue'

import { Branch, JsonReader, type Json, type JsonProblem } from '../../../core/json'
import { isExpandable, expandableAncestors, ChildRange, visibleTree, type Expandable, type TreePath, type TreeRow } from '../../../core/jsonTree'

export type TreeStep = 'up' | 'down' | 'pageUp' | 'pageDown' | 'first' | 'last' | 'in' | 'out' | 'toggle'

/** Longest time for reading without a pause, and the number of values read between two checks of the clock. */
const SLICE_MS = 8
const VALUES = 500

/** How many rows a page key moves. */
const PAGE = 15

/** A JSON text as a tree: its visible rows and the active one. */
export function useJsonTree(source: Ref<string>) {
  const root = shallowRef<Json>(null)
  /** True while a large text is read; the previous tree stays visible. */
  const reading = ref(false)
  let timer: ReturnType<typeof setTimeout> | undefined
  const problem = shallowRef<JsonProblem | null>(null)
  const open = shallowRef<ReadonlySet<Expandable>>(new Set())
  const active = ref(0)
  const rows = computed(() => visibleTree(root.value, open.value))
  const activeRow = computed<TreeRow | null>(() => rows.value[active.value] ?? null)

  function read(text: string): void {
    clearTimeout(timer)
    active.value = 0
    readSlice(new JsonReader(text))
  }

  /** Reads a small text at once and a large one in slices, so that the page does not freeze. */
  function readSlice(reader: JsonReader): void {
    const end = performance.now() + SLICE_MS
    let done = false
    while (!done && performance.now() < end) done = reader.advance(VALUES)
    reading.value = !done
    if (!done) {
      timer = setTimeout(readSlice, 0, reader)
      return
    }
    root.value = reader.root
    problem.value = reader.problem
    open.value = new Set(root.value instanceof Branch ? [root.value] : [])
  }

  function set(opener: Expandable, isOpen: boolean): void {
    const next = new Set(open.value)
    if (isOpen) next.add(opener)
    else next.delete(opener)
    open.value = next
  }

  const isOpen = (row: TreeRow): boolean => isExpandable(row.value) && open.value.has(row.value)

  function toggle(row: TreeRow): void {
    if (isExpandable(row.value)) set(row.value, !open.value.has(row.value))
  }

  function expandOrEnter(row: TreeRow): void {
    if (!isExpandable(row.value)) return
    if (isOpen(row)) moveTo(active.value + 1)
    else set(row.value, true)
  }

  function collapseOrLeave(row: TreeRow): void {
    if (isExpandable(row.value) && isOpen(row)) set(row.value, false)
    else if (row.parentRow !== null) moveTo(rows.value.indexOf(row.parentRow))
  }

  function moveTo(index: number): void {
    active.value = Math.min(Math.max(index, 0), rows.value.length - 1)
  }

  const STEPS: Readonly<Record<TreeStep, (row: TreeRow) => void>> = {
    up: () => moveTo(active.value - 1),
    down: () => moveTo(active.value + 1),
    pageUp: () => moveTo(active.value - PAGE),
    pageDown: () => moveTo(active.value + PAGE),
    first: () => moveTo(0),
    last: () => moveTo(rows.value.length - 1),
    in: expandOrEnter,
    out: collapseOrLeave,
    toggle,
  }

  /** Expands the ancestors of the value at a path and makes it active. */
  function reveal(path: TreePath): void {
    open.value = new Set([...open.value, ...expandableAncestors(root.value, path)])
    const parent = path.slice(0, -1).reduce<Json>((value, at) => (value instanceof Branch ? (value.values[at] ?? null) : null), root.value)
    const index = rows.value.findIndex(
      (row) => row.parent === parent && row.index === path.at(-1) && !(row.value instanceof ChildRange),
    )
    if (index >= 0) active.value = index
  }

  watch(source, read, { immediate: true })
  onScopeDispose(() => {
    clearTimeout(timer)
  })
  return {
    root,
    reading,
    problem,
    rows,
    active,
    activeRow,
    isOpen,
    toggle,
    moveTo,
    reveal,
    step: (step: TreeStep) => {
      if (activeRow.value !== null) STEPS[step](activeRow.value)
    },
  }
}
