import { computed } from 'vue'
import { useRoute, useRouter } from 'vue-router'

import { EVERYTHING, fromParams, itemOf, tagMode, toParams, withTag, type BrowseQuery, type TagMode } from '../core/query'

/** Marks the history entry of an item that was opened from the grid, so that closing it goes back. */
const FROM_GRID = 'fromGrid'

/** The query and the open item in the address, and functions to change them. */
export function useBrowseRoute() {
  const route = useRoute()
  const router = useRouter()
  const query = computed<BrowseQuery>(() => fromParams(route.query))
  const item = computed(() => itemOf(route.query))

  /** Opens another query. Closes the open item, which belongs to the old results. */
  function go(next: BrowseQuery, replace = false): void {
    const target = { path: '/', query: toParams(next) }
    void (replace ? router.replace(target) : router.push(target))
  }

  function change(part: Partial<BrowseQuery>, replace = false): void {
    go({ ...query.value, ...part }, replace)
  }

  function openItem(id: number): void {
    void router.push({ path: '/', query: { ...toParams(query.value), item: String(id) }, state: { [FROM_GRID]: true } })
  }

  /** Names another item in the current history entry. */
  function moveItem(id: number): void {
    const state = history.state as Record<string, unknown> | null
    void router.replace({
      path: '/',
      query: { ...toParams(query.value), item: String(id) },
      state: { [FROM_GRID]: state?.[FROM_GRID] === true },
    })
  }

  function closeItem(): void {
    const state = history.state as Record<string, unknown> | null
    if (state?.[FROM_GRID] === true) router.back()
    else go(query.value, true)
  }

  function setTag(id: number, mode: TagMode): void {
    go(withTag(query.value, id, tagMode(query.value, id) === mode ? 'none' : mode))
  }

  function openFolder(path: string | null): void {
    change({ folder: path })
  }

  return { query, item, go, change, openItem, moveItem, closeItem, setTag, openFolder, reset: () => go(EVERYTHING) }
}
