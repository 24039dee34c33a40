/** Tags as the rail shows them: by kind, the most used first. No Vue here. */
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

/** What people look for most stands first; kinds not named here follow by name. */
const ORDER = ['custom', 'Model', 'lora', 'pos', 'Sampler', 'Source Identifier', 'size', 'Media Type']

function rank(type: string): number {
  const at = ORDER.indexOf(type)
  return at < 0 ? ORDER.length : at
}

export const tagLabel = (tag: Pick<CountedTag, 'name' | 'display_name'>): string => tag.display_name ?? tag.name

export function groupTags(tags: readonly CountedTag[], filter: string): TagGroup[] {
  const wanted = filter.trim().toLowerCase()
  const groups = new Map<string, CountedTag[]>()
  for (const tag of tags) {
    // One's own tags are offered also before anything has them.
    if (tag.count === 0 && tag.type !== 'custom') continue
    if (wanted !== '' && !`${tag.name}\n${tag.display_name ?? ''}`.toLowerCase().includes(wanted)) continue
    const group = groups.get(tag.type)
    if (group === undefined) groups.set(tag.type, [tag])
    else group.push(tag)
  }
  for (const group of groups.values()) group.sort((a, b) => b.count - a.count || a.name.localeCompare(b.name))
  return [...groups]
    .map(([type, list]) => ({ type, tags: list }))
    .sort((a, b) => rank(a.type) - rank(b.type) || a.type.localeCompare(b.type))
}

/** Kinds whose names come from programs and need a word in the reader's language; all others speak for themselves. */
export const NAMED_KINDS: Readonly<Record<string, string>> = {
  custom: 'custom',
  Model: 'model',
  lora: 'lora',
  pos: 'pos',
  Sampler: 'sampler',
  'Source Identifier': 'source',
  size: 'size',
  'Media Type': 'mediaType',
}
