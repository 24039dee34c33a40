import { describe, expect, it } from 'vitest'

import { groupTags, tagLabel, type CountedTag } from './tagGroups'

const tag = (id: number, type: string, name: string, count: number, display: string | null = null): CountedTag => ({
  id,
  type,
  name,
  count,
  color: '',
  display_name: display,
})

const TAGS = [
  tag(1, 'Zeta', 'x', 3),
  tag(2, 'Model', 'sdxl', 5),
  tag(3, 'Model', 'Anything', 9),
  tag(4, 'custom', 'like', 0),
  tag(5, 'lora', 'unused', 0),
  tag(6, 'pos', 'cat', 2, 'Katze'),
]

describe('groupTags', () => {
  it('orders kinds by use and tags by count', () => {
    expect(groupTags(TAGS, '').map((group) => [group.type, group.tags.map((one) => one.id)])).toEqual([
      ['custom', [4]],
      ['Model', [3, 2]],
      ['pos', [6]],
      ['Zeta', [1]],
    ])
  })

  it('filters by either name, whatever the case', () => {
    expect(groupTags(TAGS, ' ANY ').map((group) => group.type)).toEqual(['Model'])
    expect(groupTags(TAGS, 'katz')[0]?.tags[0]?.id).toBe(6)
    expect(groupTags(TAGS, 'nothing')).toEqual([])
  })
})

describe('tagLabel', () => {
  it('prefers the translated name', () => {
    expect(tagLabel({ name: 'cat', display_name: 'Katze' })).toBe('Katze')
    expect(tagLabel({ name: 'cat', display_name: null })).toBe('cat')
  })
})
