import type { QueryBody } from '../core/query'
import type { Columns, ResultSource } from '../core/types'
import { V1 } from './base'
import { getJson, request } from './client'
import type { OpenedResults } from './types'

/** A result source that also knows how old it is. */
export interface Results extends ResultSource {
  readonly revision: number
}

export async function openResults(body: QueryBody, signal?: AbortSignal): Promise<OpenedResults> {
  return (await getJson(`${V1}/results`, { method: 'POST', body, signal })) as OpenedResults
}

const place = (token: string): string => `${V1}/results/${encodeURIComponent(token)}`

/** Aspect ratios come as little-endian 16-bit numbers. */
export function readLayout(buffer: ArrayBuffer): Uint16Array {
  const view = new DataView(buffer)
  return Uint16Array.from({ length: buffer.byteLength >> 1 }, (_unused, index) => view.getUint16(index * 2, true))
}

/** Fetches the layout of opened results, which makes them fit for the grid. */
export async function loadResults(opened: OpenedResults, signal?: AbortSignal): Promise<Results> {
  const { token, total, exact, revision, buckets } = opened
  const layout =
    total === 0
      ? new Uint16Array()
      : readLayout(await (await request(`${place(token)}/layout`, { signal })).arrayBuffer())
  return {
    token,
    total,
    exact,
    revision,
    buckets,
    layout,
    columns: async (start, count, stop) =>
      (await getJson(`${place(token)}/columns?start=${start}&count=${count}`, { signal: stop })) as Columns,
  }
}
