import type { MediaDetail } from '../core/media'
import { addressOf, get } from './call'

/** Address of a thumbnail. `version` only makes the address unique, so that browsers fetch a changed file again. */
export const thumbnailUrl = (id: number, size: number, version: number): string =>
  addressOf('/v1/media/{media_id}/thumbnail', { path: { media_id: id }, query: { size, v: version } })

export const fileUrl = (id: number): string => addressOf('/v1/media/{media_id}/file', { path: { media_id: id } })

export const fetchMediaDetail = (id: number, signal?: AbortSignal): Promise<MediaDetail> =>
  get('/v1/media/{media_id}', { path: { media_id: id }, signal })

/** Position of an item in opened results, null when the results do not contain it. */
export const fetchPosition = async (token: string, id: number): Promise<number | null> =>
  (await get('/v1/results/{token}/position', { path: { token }, query: { id } })).position
