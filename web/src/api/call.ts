import { BASE } from './base'
import { request } from './client'
import type { paths } from './generated/schema'

/**
 * Typed client for every endpoint, by verb and path, with the types of the OpenAPI document. A wrong path, a missing field
 * or a misread answer does not compile. Nothing is checked at run time.
 */

type Verb = 'get' | 'post' | 'patch' | 'delete'
type Json<Content> = Content extends Readonly<Record<'application/json', infer Value>> ? Value : never

/** The paths that support a verb. */
export type PathOf<V extends Verb> = { [P in keyof paths]: paths[P] extends Readonly<Record<V, { responses: unknown }>> ? P : never }[keyof paths]
type Operation<V extends Verb, P extends PathOf<V>> = paths[P][V]

export type Answer<V extends Verb, P extends PathOf<V>> =
  Operation<V, P> extends { readonly responses: { readonly 200: { readonly content: infer Content } } } ? Json<Content> : never

type PathParameters<Op> = Op extends { readonly parameters: { readonly path: infer Value } } ? { readonly path: Value } : { readonly path?: never }
type QueryParameters<Op> = Op extends { readonly parameters: { readonly query: infer Value } }
  ? { readonly query: Value }
  : Op extends { readonly parameters: { readonly query?: infer Value } }
    ? { readonly query?: Value }
    : { readonly query?: never }
type RequestBody<Op> = Op extends { readonly requestBody: { readonly content: infer Content } }
  ? { readonly body: Json<Content> }
  : Op extends { readonly requestBody?: { readonly content: infer Content } }
    ? { readonly body?: Json<Content> }
    : { readonly body?: never }

export type RequestOf<V extends Verb, P extends PathOf<V>> = PathParameters<Operation<V, P>> &
  QueryParameters<Operation<V, P>> &
  RequestBody<Operation<V, P>> & { readonly signal?: AbortSignal | undefined }

interface RequestParts {
  readonly path?: unknown
  readonly query?: unknown
  readonly body?: unknown
  readonly signal?: AbortSignal | undefined
}

type Value = string | number | boolean | null | undefined

const entries = (value: unknown): [string, Value][] => Object.entries((value ?? {}) as Record<string, Value>)

/** The URL of an operation. Leaves out query parameters that are null or undefined. */
export function addressOf(path: keyof paths, { path: pathParameters, query }: RequestParts = {}): string {
  let address: string = path
  for (const [name, value] of entries(pathParameters)) address = address.replace(`{${name}}`, encodeURIComponent(String(value)))
  const search = new URLSearchParams()
  for (const [name, value] of entries(query)) if (value !== null && value !== undefined) search.append(name, String(value))
  return `${BASE}${address}${search.size === 0 ? '' : `?${search.toString()}`}`
}

const METHODS = { get: 'GET', post: 'POST', patch: 'PATCH', delete: 'DELETE' } as const

async function call(verb: Verb, path: keyof paths, parts: RequestParts = {}): Promise<unknown> {
  const { body, signal } = parts
  return (await request(addressOf(path, parts), { method: METHODS[verb], body, signal })).json()
}

type Call<V extends Verb> = <P extends PathOf<V>>(
  path: P,
  ...request: { readonly signal?: undefined } extends RequestOf<V, P> ? [request?: RequestOf<V, P>] : [request: RequestOf<V, P>]
) => Promise<Answer<V, P>>

const caller = <V extends Verb>(verb: V): Call<V> => ((path: keyof paths, parts?: RequestParts) => call(verb, path, parts)) as Call<V>

export const get = caller('get')
export const post = caller('post')
export const patch = caller('patch')
export const remove = caller('delete')
