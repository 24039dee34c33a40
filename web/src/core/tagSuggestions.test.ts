import { describe, expect, it } from 'vitest'

import { suggestTags } from './tagSuggestions'

const tag = (name: string, used_at = 0, type = 'custom') => ({ name, type, display_name: null, count: 0, used_at })

describe('tags to choose from', () => {
  it('are one’s own, those used last first', () => {
    const names = suggestTags([tag('a', 1), tag('b', 3), tag('sdxl', 9, 'Model')], '').map(({ name }) => name)
    expect(names).toEqual(['b', 'a'])
  })

  it('begin with what is typed before they merely hold it', () => {
    const names = suggestTags([tag('moonsun', 9), tag('Sunset'), tag('tree')], ' sun ').map(({ name }) => name)
    expect(names).toEqual(['Sunset', 'moonsun'])
  })
})
