import { computed, onScopeDispose, ref, shallowRef, watch, type Ref } from 'vue'

import { Branch, JsonReader, type Json, type JsonProblem } from '../../../core/json'
import { isExpandable, expandableAncestors, ChildRange, visibleTree, type Expandable, type TreePath, type TreeRow } from '../../../core/jsonTree'

export type TreeStep = 'up' | 'down' | 'pageUp' | 'pageDown' | 'first' | 'last' | 'in' | 'out' | 'toggle'

/** Time for reading before the page may breathe, and how many values are read between two looks at the clock. */
const SLICE_MS = 8
const VALUES = 500

/** How many rows a page key passes. */
const PAGE = 15

/** Which rows of a JSON text are to be seen, and which of them has the keyboard. */
export function useJsonTree(source: Ref<string>) {
  const root = shallowRef<Json>(null)
  /** While a large text is under way; what was shown before stays. */
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
    readOn(new JsonReader(text))
  }

  /** A small text is there at once; over a large one the page must not stand still. */
  function readOn(reader: JsonReader): void {
    const end = performance.now() + SLICE_MS
    let done = false
    while (!done && performance.now() < end) done = reader.advance(VALUES)
    reading.value = !done
    if (!done) {
      timer = setTimeout(readOn, 0, reader)
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

  function into(row: TreeRow): void {
    if (!isExpandable(row.value)) return
    if (isOpen(row)) moveTo(active.value + 1)
    else set(row.value, true)
  }

  function outOf(row: TreeRow): void {
    if (isExpandable(row.value) && isOpen(row)) set(row.value, false)
    else if (row.up !== null) moveTo(rows.value.indexOf(row.up))
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
    in: into,
    out: outOf,
    toggle,
  }

  /** Opens what hides the value at a path and makes it the active one. */
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
