import { TAG_KINDS } from './tagKinds'

export interface CountedTag {
  readonly id: number
  readonly name: string
  readonly type: string
  readonly count: number
  readonly color: string
  readonly display_name: string | null
}

export interface TagGroup {
  readonly type: string
  readonly tags: readonly CountedTag[]
}

/** Other kinds follow in alphabetical order. */
const ORDER: readonly string[] = Object.values(TAG_KINDS)

function rank(type: string): number {
  const index = ORDER.indexOf(type)
  return index < 0 ? ORDER.length : index
}

export const tagLabel = (tag: Pick<CountedTag, 'name' | 'display_name'>): string => tag.display_name ?? tag.name

/** Groups tags by kind, the most used first. Keeps those whose name contains `filter`. */
export function groupTags(tags: readonly CountedTag[], filter: string): TagGroup[] {
  const query = filter.trim().toLowerCase()
  const groups = new Map<string, CountedTag[]>()
  for (const tag of tags) {
    // Custom tags are listed even when no file has them yet.
    if (tag.count === 0 && tag.type !== TAG_KINDS.custom) continue
    if (query !== '' && !`${tag.name}\n${tag.display_name ?? ''}`.toLowerCase().includes(query)) continue
    const group = groups.get(tag.type)
    if (group === undefined) groups.set(tag.type, [tag])
    else group.push(tag)
  }
  for (const group of groups.values()) group.sort((a, b) => b.count - a.count || a.name.localeCompare(b.name))
  return [...groups]
    .map(([type, list]) => ({ type, tags: list }))
    .sort((a, b) => rank(a.type) - rank(b.type) || a.type.localeCompare(b.type))
}
