import { inject, ref, shallowReactive, type InjectionKey, type Ref } from 'vue'

import type { MediaDetail } from '../../core/media'

/** Where pictures and records come from. The application provides one; see `createMediaAccess`. */
/** What a person thinks of a file. */
export interface Marks {
  readonly rating: number
  /** 1 picked, -1 rejected. */
  readonly flag: number
}

export interface MediaAccess {
  /** Marks that are newer than the results that are shown. */
  readonly marks: Map<number, Partial<Marks>>
  /** Grows when records that were given before are no longer true. */
  readonly revision: Ref<number>
  /** All when no ids are given. */
  forget(ids?: readonly number[]): void
  thumbnail(id: number, size: number, version: number): string
  file(id: number): string
  detail(id: number, signal?: AbortSignal): Promise<MediaDetail>
  /** Where an item is in the results, null when it is not in them. */
  position(token: string, id: number): Promise<number | null>
}

export const MEDIA_ACCESS: InjectionKey<MediaAccess> = Symbol('media access')

/** What the application provided. */
export function useMediaAccess(): MediaAccess {
  const access = inject(MEDIA_ACCESS)
  if (access === undefined) throw new Error('MEDIA_ACCESS is not provided')
  return access
}

const KEPT_DETAILS = 60
/** A workflow may be megabytes, and most are a few thousand characters. */
const KEPT_CHARACTERS = 12_000_000

const weight = ({ geninfo }: MediaDetail): number => geninfo?.raw.reduce((sum, entry) => sum + entry.text.length, 0) ?? 0

/**
 * Addresses below `base` (which ends in `/v1`), and records through `getJson`, the last few of which are kept:
 * going back and forth in the viewer asks nothing twice.
 */
export function createMediaAccess(
  base: string,
  getJson: (url: string, signal?: AbortSignal) => Promise<unknown>,
): MediaAccess {
  const details = new Map<number, MediaDetail>()
  const revision = ref(0)

  function trim(): void {
    let clampZoom = [...details.values()].reduce((sum, detail) => sum + weight(detail), 0)
    for (const [id, detail] of details) {
      if (details.size <= 1 || (details.size <= KEPT_DETAILS && clampZoom <= KEPT_CHARACTERS)) return
      details.delete(id)
      clampZoom -= weight(detail)
    }
  }

  return {
    thumbnail: (id, size, version) => `${base}/media/${id}/thumbnail?size=${size}&v=${version}`,
    file: (id) => `${base}/media/${id}/file`,
    marks: shallowReactive(new Map<number, Partial<Marks>>()),
    revision,
    forget(ids) {
      if (ids === undefined) details.clear()
      else for (const id of ids) details.delete(id)
      revision.value++
    },
    async position(token, id) {
      const answer = await getJson(`${base}/results/${encodeURIComponent(token)}/position?id=${id}`)
      return (answer as { position: number | null }).position
    },
    async detail(id, signal) {
      const known = details.get(id)
      if (known !== undefined) return known
      const detail = (await getJson(`${base}/media/${id}`, signal)) as MediaDetail
      details.set(id, detail)
      trim()
      return detail
    },
  }
}
