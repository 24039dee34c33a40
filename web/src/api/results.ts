import type { QueryBody } from '../core/query'
import type { Columns, ResultSource } from '../core/types'
import { addressOf, get, post } from './call'
import { request } from './client'
import type { OpenedResults } from './types'

/** A result source with the revision of the library it was computed from. */
export interface Results extends ResultSource {
  readonly revision: number
}

export const openResults = (body: QueryBody, signal?: AbortSignal): Promise<OpenedResults> => post('/v1/results', { body, signal })

/** Decodes aspect ratios, which the server sends as little-endian 16-bit numbers. */
export function readLayout(buffer: ArrayBuffer): Uint16Array {
  const view = new DataView(buffer)
  return Uint16Array.from({ length: buffer.byteLength >> 1 }, (_unused, index) => view.getUint16(index * 2, true))
}

/** Fetches the layout of opened results, which the grid needs. */
export async function loadResults(opened: OpenedResults, signal?: AbortSignal): Promise<Results> {
  const { token, total, exact, revision, buckets } = opened
  const path = { token }
  const bytes = async () => (await request(addressOf('/v1/results/{token}/layout', { path }), { signal })).arrayBuffer()
  const layout = total === 0 ? new Uint16Array() : readLayout(await bytes())
  return {
    token,
    total,
    exact,
    revision,
    buckets,
    layout,
    columns: (start, count, stop): Promise<Columns> =>
      get('/v1/results/{token}/columns', { path, query: { start, count }, signal: stop }),
  }
}
