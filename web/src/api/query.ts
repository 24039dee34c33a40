import type { QueryBody } from '../core/query'
import { V1 } from './base'
import { getJson } from './client'
import type { FacetCounts, QueryField, Suggestions } from './types'

/** `position` counts characters, not UTF-16 units, and so do `start` and `end` of the answer. */
export async function fetchSuggestions(q: string, position: number, signal: AbortSignal): Promise<Suggestions> {
  return (await getJson(`${V1}/suggest`, { method: 'POST', body: { q, position, limit: 10 }, signal })) as Suggestions
}

export async function fetchQueryFields(signal?: AbortSignal): Promise<readonly QueryField[]> {
  return ((await getJson(`${V1}/query/fields`, { signal })) as { fields: QueryField[] }).fields
}

export async function fetchFacets(body: QueryBody, facets: readonly string[], limit: number, signal?: AbortSignal): Promise<FacetCounts> {
  return (await getJson(`${V1}/facets`, { method: 'POST', body: { ...body, facets, limit }, signal })) as FacetCounts
}
