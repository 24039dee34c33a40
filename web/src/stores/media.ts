import { defineStore } from 'pinia'
import { ref, shallowReactive } from 'vue'

import { toAppError } from '../api/errors'
import { fetchMediaDetail, fetchPosition } from '../api/media'
import { mapConcurrent } from '../core/concurrency'
import type { MediaDetail } from '../core/media'
import { useResults } from './results'

const MAX_DETAILS = 60
/** A workflow may have megabytes; most have a few thousand characters. */
const MAX_CHARACTERS = 12_000_000
const CONCURRENT_REQUESTS = 6

/** Rating and flag of a file, newer than in the results on screen. */
export interface CurationOverride {
  readonly rating?: number
  /** 1 for a pick, -1 for a reject. */
  readonly flag?: number
}

const characterCount = ({ geninfo }: MediaDetail): number => geninfo?.raw.reduce((sum, entry) => sum + entry.text.length, 0) ?? 0

/** Details of single files. Caches the latest, so going back and forth in the viewer sends no request twice. */
export const useMedia = defineStore('media', () => {
  const results = useResults()
  const details = new Map<number, MediaDetail>()
  /** Increases when cached details become outdated. */
  const revision = ref(0)
  const overrides = shallowReactive(new Map<number, CurationOverride>())

  function evict(): void {
    let total = [...details.values()].reduce((sum, detail) => sum + characterCount(detail), 0)
    for (const [id, detail] of details) {
      if (details.size <= 1 || (details.size <= MAX_DETAILS && total <= MAX_CHARACTERS)) return
      details.delete(id)
      total -= characterCount(detail)
    }
  }

  /** Opens the results again when the server has dropped them. */
  async function reloadIfGone<Value>(answer: Promise<Value>): Promise<Value> {
    try {
      return await answer
    } catch (error) {
      if (toAppError(error).kind === 'gone') void results.reload()
      throw error
    }
  }

  async function detail(id: number, signal?: AbortSignal): Promise<MediaDetail> {
    const cached = details.get(id)
    if (cached !== undefined) return cached
    const fetched = await reloadIfGone(fetchMediaDetail(id, signal))
    details.set(id, fetched)
    evict()
    return fetched
  }

  const detailsOf = (ids: readonly number[]): Promise<MediaDetail[]> => mapConcurrent(ids, CONCURRENT_REQUESTS, (id) => detail(id))

  /** Position of an item in the results, null when they do not contain it. */
  const position = (token: string, id: number): Promise<number | null> => reloadIfGone(fetchPosition(token, id))

  /** Drops the cached details of some files, or of all when no ids are given. */
  function forget(ids?: readonly number[]): void {
    if (ids === undefined) details.clear()
    else for (const id of ids) details.delete(id)
    revision.value++
  }

  function override(ids: readonly number[], change: CurationOverride): void {
    for (const id of ids) overrides.set(id, { ...overrides.get(id), ...change })
  }

  return { revision, overrides, detail, detailsOf, position, forget, override }
})
