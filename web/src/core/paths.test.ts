import { describe, expect, it } from 'vitest'

import { baseName, crumbs, isInside } from './paths'

describe('isInside', () => {
  it('compares whole names', () => {
    expect(isInside('/data/images', '/data/images')).toBe(true)
    expect(isInside('/data/images/a', '/data/images')).toBe(true)
    expect(isInside('/data/images-private', '/data/images')).toBe(false)
    expect(isInside('D:\\a\\b', 'D:\\a')).toBe(true)
    expect(isInside('/a', '/')).toBe(true)
  })
})

describe('baseName', () => {
  it('knows both kinds of path', () => {
    expect(baseName('/a/b/')).toBe('b')
    expect(baseName('C:\\x\\y z')).toBe('y z')
    expect(baseName('/')).toBe('/')
  })
})

describe('crumbs', () => {
  it('begins at the root and keeps its alias', () => {
    expect(crumbs('/lib/one/two', [{ name: 'My pictures', path: '/lib' }])).toEqual([
      { name: 'My pictures', path: '/lib' },
      { name: 'one', path: '/lib/one' },
      { name: 'two', path: '/lib/one/two' },
    ])
  })

  it('takes the outermost of nested roots', () => {
    const roots = [
      { name: 'b', path: '/a/b' },
      { name: 'a', path: '/a' },
    ]
    expect(crumbs('/a/b', roots).map((crumb) => crumb.name)).toEqual(['a', 'b'])
  })

  it('works with backslashes and with the root of a drive', () => {
    expect(crumbs('D:\\x\\y', [{ name: 'D:\\', path: 'D:\\' }]).map((crumb) => crumb.path)).toEqual(['D:\\', 'D:\\x', 'D:\\x\\y'])
  })

  it('is the folder alone when no root holds it', () => {
    expect(crumbs('/else/where', [])).toEqual([{ name: 'where', path: '/else/where' }])
  })
})
