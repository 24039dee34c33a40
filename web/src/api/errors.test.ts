import { describe, expect, it } from 'vitest'

import { AppError, errorFrom, isAbort, toAppError } from './errors'

describe('errorFrom', () => {
  it('knows a missing key by its type', () => {
    expect(errorFrom(401, { detail: { type: 'secret_verification_failed' } }).kind).toBe('key')
  })

  it('does not ask for a key on another refusal', () => {
    expect(errorFrom(401, { detail: { type: 'secret_key_required' } }).kind).toBe('denied')
  })

  it('tells a read-only server from a forbidden path', () => {
    expect(errorFrom(403, { detail: 'this needs the permission read-write or write-only' }).kind).toBe('readonly')
    expect(errorFrom(403, { detail: 'not inside an allowed folder' }).kind).toBe('denied')
  })

  it('tells wrong keys from a busy service', () => {
    expect(errorFrom(429, { detail: 'too many wrong keys; wait a minute' }).kind).toBe('attempts')
    expect(errorFrom(429, { detail: 'too many graphs are being made' }).kind).toBe('busy')
  })

  it('keeps the words of the server', () => {
    expect(errorFrom(400, { detail: 'bad regular expression: missing )' }).detail).toBe('bad regular expression: missing )')
  })

  it('joins complaints about fields', () => {
    const error = errorFrom(422, { detail: [{ msg: 'too long' }, { msg: 'not a number' }] })
    expect(error.detail).toBe('too long; not a number')
  })

  it('tells what was done before it went wrong', () => {
    const body = { detail: 'not deleted: b.png', deleted: ['/a.png'], errors: ['/b.png: in use'], operation_id: 7 }
    expect(errorFrom(400, body).partial).toEqual({ done: 1, operation: 7 })
    expect(errorFrom(400, { ...body, operation_id: null }).partial).toBeNull()
    expect(errorFrom(400, { detail: 'no' }).partial).toBeNull()
  })

  it.each([
    [410, 'gone'],
    [404, 'notFound'],
    [409, 'conflict'],
    [429, 'busy'],
    [500, 'server'],
    [502, 'aiService'],
    [599, 'server'],
  ])('maps %i to %s whatever the body is', (status, kind) => {
    expect(errorFrom(status, null).kind).toBe(kind)
    expect(errorFrom(status, '<html>').kind).toBe(kind)
  })
})

describe('toAppError', () => {
  it('takes a failed fetch for a server out of reach', () => {
    expect(toAppError(new TypeError('Failed to fetch')).kind).toBe('offline')
  })

  it('leaves ours alone', () => {
    const error = new AppError('gone', 410, '')
    expect(toAppError(error)).toBe(error)
  })

  it('keeps the message of anything else', () => {
    expect(toAppError(new Error('odd')).detail).toBe('odd')
  })
})

describe('isAbort', () => {
  it('knows only given-up requests', () => {
    expect(isAbort(new DOMException('x', 'AbortError'))).toBe(true)
    expect(isAbort(new TypeError('x'))).toBe(false)
  })
})
