import { TAG_KINDS } from './tagKinds'

/** How many of the files have a tag. */
export type TagState = 'all' | 'some' | 'none'

interface SuggestedTag {
  readonly name: string
  readonly type: string
  readonly display_name: string | null
  readonly count: number
  readonly used_at: number
}

const MAX_SUGGESTIONS = 60

/** Custom tags whose name contains the text: first those that start with it, then the most recently used. */
export function suggestTags<Tag extends SuggestedTag>(tags: readonly Tag[], text: string): Tag[] {
  const query = text.trim().toLowerCase()
  const startsWithQuery = (tag: Tag): number => Number(query !== '' && tag.name.toLowerCase().startsWith(query))
  return tags
    .filter((tag) => tag.type === TAG_KINDS.custom && `${tag.name}\n${tag.display_name ?? ''}`.toLowerCase().includes(query))
    .sort((a, b) => startsWithQuery(b) - startsWithQuery(a) || b.used_at - a.used_at || b.count - a.count || a.name.localeCompare(b.name))
    .slice(0, MAX_SUGGESTIONS)
}
