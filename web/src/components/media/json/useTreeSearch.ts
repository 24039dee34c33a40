import { onScopeDispose, ref, shallowRef, watch, type Ref } from 'vue'

import type { Json } from '../../../core/json'
import { findInTree, type TreePath } from '../../../core/jsonTree'

const DELAY_MS = 150
/** Longest time for searching without a pause. */
const SLICE_MS = 8
const MAX_MATCHES = 1_000

/** Searches a tree in slices, so that the page does not freeze. */
export function useTreeSearch(root: Ref<Json>, reveal: (path: TreePath) => void) {
  const words = ref('')
  const matches = shallowRef<readonly TreePath[]>([])
  const current = ref(-1)
  /** True until the whole tree has been searched. */
  const busy = ref(false)
  let timer: ReturnType<typeof setTimeout> | undefined

  function show(index: number): void {
    const path = matches.value[index]
    if (path === undefined) return
    current.value = index
    reveal(path)
  }

  function run(search: Iterator<TreePath | null>, collected: TreePath[]): void {
    const end = performance.now() + SLICE_MS
    let done = false
    while (!done && collected.length < MAX_MATCHES && performance.now() < end) {
      const next = search.next()
      done = next.done === true
      if (next.done !== true && next.value !== null) collected.push(next.value)
    }
    matches.value = [...collected]
    if (current.value < 0) show(0)
    busy.value = !done && collected.length < MAX_MATCHES
    if (busy.value) timer = setTimeout(run, 0, search, collected)
  }

  function begin(): void {
    clearTimeout(timer)
    matches.value = []
    current.value = -1
    const query = words.value.trim()
    busy.value = query !== ''
    if (query !== '') timer = setTimeout(run, DELAY_MS, findInTree(root.value, query), [])
  }

  watch([words, root], begin)
  onScopeDispose(() => {
    clearTimeout(timer)
  })
  return {
    words,
    matches,
    current,
    busy,
    /** Whether there may be more matches than counted. */
    isFull: () => matches.value.length >= MAX_MATCHES,
    next: (by: 1 | -1) => {
      const { length } = matches.value
      if (length > 0) show((current.value + by + length) % length)
    },
  }
}
