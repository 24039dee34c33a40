import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'

import { isAbort, toAppError, type AppError } from '../api/errors'
import { loadResults, openResults, type Results } from '../api/results'
import type { OpenedResults } from '../api/types'
import { sameBody, type QueryBody } from '../core/query'
import type { Columns } from '../core/types'

/** Whether new results scroll the view to the top (`query`) or leave it where it is (`refresh`). */
export type Arrival = 'query' | 'refresh'

/** The results in the grid. New results replace them only once they are complete. */
export const useResults = defineStore('results', () => {
  const source = shallowRef<Results | null>(null)
  const failure = shallowRef<AppError | null>(null)
  const loading = ref(false)
  const arrival = ref<Arrival>('query')
  /** Newer results of the same query. Not shown until requested, so that nothing moves under the pointer. */
  const newer = shallowRef<OpenedResults | null>(null)
  let body: QueryBody | null = null
  let controller = new AbortController()

  const newCount = computed(() => (newer.value === null ? 0 : newer.value.total - (source.value?.total ?? 0)))

  /** Results that open again when the server has dropped them. */
  function withReload(loaded: Results): Results {
    return {
      ...loaded,
      columns: async (start, count, signal): Promise<Columns> => {
        try {
          return await loaded.columns(start, count, signal)
        } catch (error) {
          if (toAppError(error).kind === 'gone') reloadDropped(loaded.token)
          throw error
        }
      },
    }
  }

  async function load(opened: () => Promise<OpenedResults>, how: Arrival): Promise<void> {
    controller.abort()
    controller = new AbortController()
    const { signal } = controller
    loading.value = true
    failure.value = null
    try {
      const loaded = await loadResults(await opened(), signal)
      if (signal.aborted) return
      arrival.value = how
      newer.value = null
      source.value = withReload(loaded)
    } catch (error) {
      if (!signal.aborted && !isAbort(error)) failure.value = toAppError(error)
    } finally {
      if (!signal.aborted) loading.value = false
    }
  }

  const opening = (query: QueryBody) => () => openResults(query, controller.signal)

  async function open(query: QueryBody): Promise<void> {
    if (body !== null && sameBody(body, query) && failure.value === null) return
    body = query
    await load(opening(query), 'query')
  }

  async function reload(how: Arrival = 'refresh'): Promise<void> {
    if (body !== null) await load(opening(body), how)
  }

  function reloadDropped(token: string): void {
    if (source.value?.token === token && !loading.value) void reload()
  }

  /** Checks for newer results of the query. Shows them at once if the number of items is the same or was 0. */
  async function checkForNew(): Promise<void> {
    const shown = source.value
    if (body === null || shown === null || loading.value) return
    const requested = body
    let opened: OpenedResults
    try {
      opened = await openResults(requested)
    } catch {
      // A background check; the next change of the library tries again.
      return
    }
    if (body !== requested || source.value !== shown || opened.token === shown.token) return
    if (shown.total === 0 || opened.total === shown.total) await load(() => Promise.resolve(opened), 'refresh')
    else newer.value = opened
  }

  async function showNewer(): Promise<void> {
    await reload('query')
  }

  return { source, failure, loading, arrival, newer, newCount, open, reload, checkForNew, showNewer }
})
