import { afterEach, describe, expect, expectTypeOf, it, vi } from 'vitest'

import { fakeServer, json } from '../test/fakeServer'
import { addressOf, get, post } from './call'
import type { components } from './generated/schema'

type Schemas = components['schemas']

afterEach(() => vi.unstubAllGlobals())

describe('the typed client', () => {
  it('puts values into the address and leaves out what is not given', () => {
    const given = { path: { token: 'a/b' }, query: { start: 0, count: undefined, before: null } }
    expect(addressOf('/v1/results/{token}/columns', given)).toBe('/infinite_image_browsing/v1/results/a%2Fb/columns?start=0')
    expect(addressOf('/hello')).toBe('/infinite_image_browsing/hello')
  })

  it('sends bodies and gives the answer', async () => {
    const calls = fakeServer(() => json({ detail: 'renamed', new_path: '/b.png' }))
    const answer = await post('/db/rename', { body: { path: '/a.png', name: 'b.png' } })
    expect(answer.new_path).toBe('/b.png')
    expect(calls).toEqual([{ method: 'POST', url: '/db/rename', body: { path: '/a.png', name: 'b.png' } }])
  })

  it('knows what every endpoint takes and gives', () => {
    expectTypeOf(get<'/v1/folders'>).returns.resolves.toEqualTypeOf<Schemas['Folders']>()
    expectTypeOf(get<'/hello'>).returns.resolves.toEqualTypeOf<string>()
    expectTypeOf(get<'/v1/media/{media_id}'>).parameter(1).toHaveProperty('path')
    // @ts-expect-error there is no such endpoint
    expectTypeOf(get<'/v1/nothing'>).toBeFunction()
    // @ts-expect-error this one takes no GET
    expectTypeOf(get<'/v1/results'>).toBeFunction()
  })
})
