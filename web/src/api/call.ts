import { BASE } from './base'
import { request } from './client'
import type { paths } from './generated/schema'

/**
 * Every endpoint of the server by verb and path, with the types that its OpenAPI document promises: a wrong path, a
 * missing field or a misread answer does not compile. Nothing is checked at run time.
 */

type Verb = 'get' | 'post' | 'patch' | 'delete'
type Json<Content> = Content extends Readonly<Record<'application/json', infer Value>> ? Value : never

/** Paths that have this verb. */
export type PathOf<V extends Verb> = { [P in keyof paths]: paths[P] extends Readonly<Record<V, { responses: unknown }>> ? P : never }[keyof paths]
type Operation<V extends Verb, P extends PathOf<V>> = paths[P][V]

export type Answer<V extends Verb, P extends PathOf<V>> =
  Operation<V, P> extends { readonly responses: { readonly 200: { readonly content: infer Content } } } ? Json<Content> : never

type InPath<Op> = Op extends { readonly parameters: { readonly path: infer Value } } ? { readonly path: Value } : { readonly path?: never }
type InQuery<Op> = Op extends { readonly parameters: { readonly query: infer Value } }
  ? { readonly query: Value }
  : Op extends { readonly parameters: { readonly query?: infer Value } }
    ? { readonly query?: Value }
    : { readonly query?: never }
type InBody<Op> = Op extends { readonly requestBody: { readonly content: infer Content } }
  ? { readonly body: Json<Content> }
  : Op extends { readonly requestBody?: { readonly content: infer Content } }
    ? { readonly body?: Json<Content> }
    : { readonly body?: never }

export type Given<V extends Verb, P extends PathOf<V>> = InPath<Operation<V, P>> &
  InQuery<Operation<V, P>> &
  InBody<Operation<V, P>> & { readonly signal?: AbortSignal | undefined }

interface Parts {
  readonly path?: unknown
  readonly query?: unknown
  readonly body?: unknown
  readonly signal?: AbortSignal | undefined
}

type Value = string | number | boolean | null | undefined

const entries = (value: unknown): [string, Value][] => Object.entries((value ?? {}) as Record<string, Value>)

/** The address of an operation; what is null or undefined in the query is left out. */
export function addressOf(path: keyof paths, { path: inPath, query }: Parts = {}): string {
  let address: string = path
  for (const [name, value] of entries(inPath)) address = address.replace(`{${name}}`, encodeURIComponent(String(value)))
  const search = new URLSearchParams()
  for (const [name, value] of entries(query)) if (value !== null && value !== undefined) search.append(name, String(value))
  return `${BASE}${address}${search.size === 0 ? '' : `?${search.toString()}`}`
}

const METHODS = { get: 'GET', post: 'POST', patch: 'PATCH', delete: 'DELETE' } as const

async function call(verb: Verb, path: keyof paths, parts: Parts = {}): Promise<unknown> {
  const { body, signal } = parts
  return (await request(addressOf(path, parts), { method: METHODS[verb], body, signal })).json()
}

type Call<V extends Verb> = <P extends PathOf<V>>(
  path: P,
  ...given: { readonly signal?: undefined } extends Given<V, P> ? [given?: Given<V, P>] : [given: Given<V, P>]
) => Promise<Answer<V, P>>

const caller = <V extends Verb>(verb: V): Call<V> => ((path: keyof paths, parts?: Parts) => call(verb, path, parts)) as Call<V>

export const get = caller('get')
export const post = caller('post')
export const patch = caller('patch')
export const remove = caller('delete')
