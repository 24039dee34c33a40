/** The names of the fields of the search language, aliases included, in lower case. */
export interface FieldNames {
  /** Fields whose values are searched in texts, such as `prompt`. */
  readonly text: ReadonlySet<string>
  /** All other fields, such as `model` or `steps`. */
  readonly other: ReadonlySet<string>
}

/** For a search that has no fields: every term is a text. */
export const NO_FIELDS: FieldNames = { text: new Set(), other: new Set() }

interface ServerField {
  readonly name: string
  readonly aliases: readonly string[]
  readonly kind: string
}

const TEXT_KIND = 'text'
const FIELD = /^(\w+)([:<>=])/u

/** The names in the answer of `GET /v1/query/fields`. */
export function fieldNamesOf(fields: readonly ServerField[]): FieldNames {
  const namesOf = (isText: boolean): ReadonlySet<string> =>
    new Set(fields.filter(({ kind }) => (kind === TEXT_KIND) === isText).flatMap(({ name, aliases }) => [name, ...aliases]))
  return { text: namesOf(true), other: namesOf(false) }
}

/** Whether a query may use a field, so that the names of the fields are needed to understand it. */
export const mentionsField = (query: string): boolean => /\w[:<>=]/u.test(query)

/**
 * The part of a term that is searched in texts: `sun` of `prompt:sun`, all of `sun`; null for a field of another kind.
 * Without the names of the fields, every `word:value` counts as one of those.
 */
export function textValue(term: string, fields: FieldNames | null): string | null {
  const [, written = '', sign = ''] = FIELD.exec(term) ?? []
  if (sign === '') return term
  const name = written.toLowerCase()
  if (fields === null) return null
  if (sign === ':' && fields.text.has(name)) return term.slice(name.length + 1)
  return fields.other.has(name) ? null : term
}
