import { onScopeDispose, ref, shallowRef, watch, type Ref } from 'vue'

import type { Json } from '../../../core/json'
import { findInTree, type TreePath } from '../../../core/jsonTree'

const DELAY_MS = 150
/** Time given to the search before the page may breathe. */
const SLICE_MS = 8
const MAX_MATCHES = 1_000

/** Finds words in a tree, a little at a time. */
export function useTreeSearch(root: Ref<Json>, reveal: (path: TreePath) => void) {
  const words = ref('')
  const found = shallowRef<readonly TreePath[]>([])
  const current = ref(-1)
  /** True until everything was looked through. */
  const busy = ref(false)
  let timer: ReturnType<typeof setTimeout> | undefined

  function show(index: number): void {
    const path = found.value[index]
    if (path === undefined) return
    current.value = index
    reveal(path)
  }

  function run(search: Iterator<TreePath | null>, sofar: TreePath[]): void {
    const end = performance.now() + SLICE_MS
    let done = false
    while (!done && sofar.length < MAX_MATCHES && performance.now() < end) {
      const next = search.next()
      done = next.done === true
      if (next.done !== true && next.value !== null) sofar.push(next.value)
    }
    found.value = [...sofar]
    if (current.value < 0) show(0)
    busy.value = !done && sofar.length < MAX_MATCHES
    if (busy.value) timer = setTimeout(run, 0, search, sofar)
  }

  function begin(): void {
    clearTimeout(timer)
    found.value = []
    current.value = -1
    const wanted = words.value.trim()
    busy.value = wanted !== ''
    if (wanted !== '') timer = setTimeout(run, DELAY_MS, findInTree(root.value, wanted), [])
  }

  watch([words, root], begin)
  onScopeDispose(() => {
    clearTimeout(timer)
  })
  return {
    words,
    found,
    current,
    busy,
    /** Whether there may be more than what is counted. */
    isFull: () => found.value.length >= MAX_MATCHES,
    next: (by: 1 | -1) => {
      const { length } = found.value
      if (length > 0) show((current.value + by + length) % length)
    },
  }
}
