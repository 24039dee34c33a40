import type { QueryBody } from '../core/query'
import { get, post } from './call'
import type { FacetCounts, QueryField, Suggestions } from './types'

/** `position`, and `start` and `end` of the answer, count code points, not UTF-16 units. */
export const fetchSuggestions = (q: string, position: number, signal: AbortSignal): Promise<Suggestions> =>
  post('/v1/suggest', { body: { q, position, limit: 10 }, signal })

export const fetchQueryFields = async (signal?: AbortSignal): Promise<readonly QueryField[]> =>
  (await get('/v1/query/fields', { signal })).fields

export const fetchFacets = (body: QueryBody, facets: readonly string[], limit: number, signal?: AbortSignal): Promise<FacetCounts> =>
  post('/v1/facets', { body: { ...body, facets, limit }, signal })
