/** Whether all files have a tag, some, or none. */
export type TagState = 'all' | 'some' | 'none'

interface Choosable {
  readonly name: string
  readonly type: string
  readonly display_name: string | null
  readonly count: number
  readonly used_at: number
}

const MOST = 60
const CUSTOM = 'custom'

/** One's own tags that hold the text: those that begin with it first, then those used last. */
export function suggestTags<Tag extends Choosable>(tags: readonly Tag[], text: string): Tag[] {
  const wanted = text.trim().toLowerCase()
  const begins = (tag: Tag): number => Number(wanted !== '' && tag.name.toLowerCase().startsWith(wanted))
  return tags
    .filter((tag) => tag.type === CUSTOM && `${tag.name}\n${tag.display_name ?? ''}`.toLowerCase().includes(wanted))
    .sort((a, b) => begins(b) - begins(a) || b.used_at - a.used_at || b.count - a.count || a.name.localeCompare(b.name))
    .slice(0, MOST)
}
