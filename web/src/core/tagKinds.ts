/** Kinds of tags, as the server names them. The keys name their texts: `tagKinds.<key>`. The sidebar shows them in this order. */
export const TAG_KINDS = {
  custom: 'custom',
  model: 'Model',
  lora: 'lora',
  promptWord: 'pos',
  sampler: 'Sampler',
  tool: 'Source Identifier',
  size: 'size',
  mediaType: 'Media Type',
} as const

const KEYS: ReadonlyMap<string, string> = new Map(Object.entries(TAG_KINDS).map(([key, kind]) => [kind, key]))

/** The key of the text for a kind; undefined for kinds that files bring along, which are shown as they are. */
export const tagKindKey = (kind: string): string | undefined => KEYS.get(kind)
