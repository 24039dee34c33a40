import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'

import { isAbort, toAppError, type AppError } from '../api/errors'
import { loadResults, openResults, type Results } from '../api/results'
import type { OpenedResults } from '../api/types'
import { sameBody, type QueryBody } from '../core/query'
import type { Columns } from '../core/types'

/** Whether the view begins anew at the top or stays where it is. */
export type Arrival = 'query' | 'refresh'

/** What is in the grid: one query's results, replaced only when the new ones are complete. */
export const useResults = defineStore('results', () => {
  const source = shallowRef<Results | null>(null)
  const failure = shallowRef<AppError | null>(null)
  const loading = ref(false)
  const arrival = ref<Arrival>('query')
  /** Newer results for the same query, kept back so that nothing moves under the pointer. */
  const fresh = shallowRef<OpenedResults | null>(null)
  let body: QueryBody | null = null
  let controller = new AbortController()

  const freshCount = computed(() => (fresh.value === null ? 0 : fresh.value.total - (source.value?.total ?? 0)))

  /** Records of results the server has dropped are asked for again in new ones. */
  function guarded(loaded: Results): Results {
    return {
      ...loaded,
      columns: async (start, count, signal): Promise<Columns> => {
        try {
          return await loaded.columns(start, count, signal)
        } catch (error) {
          if (toAppError(error).kind === 'gone') dropped(loaded.token)
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
      fresh.value = null
      source.value = guarded(loaded)
    } catch (error) {
      if (!signal.aborted && !isAbort(error)) failure.value = toAppError(error)
    } finally {
      if (!signal.aborted) loading.value = false
    }
  }

  const opening = (wanted: QueryBody) => () => openResults(wanted, controller.signal)

  async function open(wanted: QueryBody): Promise<void> {
    if (body !== null && sameBody(body, wanted) && failure.value === null) return
    body = wanted
    await load(opening(wanted), 'query')
  }

  async function reload(how: Arrival = 'refresh'): Promise<void> {
    if (body !== null) await load(opening(body), how)
  }

  function dropped(token: string): void {
    if (source.value?.token === token && !loading.value) void reload()
  }

  /** Looks whether the library has more for this query; shows it at once only where there is nothing to disturb. */
  async function checkForNew(): Promise<void> {
    const shown = source.value
    if (body === null || shown === null || loading.value) return
    const asked = body
    let opened: OpenedResults
    try {
      opened = await openResults(asked)
    } catch {
      // Nobody asked for this; the next change of the library tries again.
      return
    }
    if (body !== asked || source.value !== shown || opened.token === shown.token) return
    if (shown.total === 0 || opened.total === shown.total) await load(() => Promise.resolve(opened), 'refresh')
    else fresh.value = opened
  }

  async function showFresh(): Promise<void> {
    await reload('query')
  }

  return { source, failure, loading, arrival, fresh, freshCount, open, reload, dropped, checkForNew, showFresh }
})
