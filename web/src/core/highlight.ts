import { searchedPatterns } from './clauses'
import type { FieldNames } from './queryFields'

/** Matches of the current search in a text, to highlight them. Null when there is nothing to highlight. */
export type SearchPattern = RegExp | null

const MAX_TEXT = 20_000
const MAX_RANGES = 500
/** Nested repetition can take exponential time. The server has a time limit, the page has none. */
const SLOW = /[+*}][^()]*\)[+*{]/

/** Null when the query searches no text, or has a pattern that only the server supports. `fields`: see `searchedPatterns`. */
export function searchPatternOf(query: { readonly text: string; readonly regex: boolean }, fields: FieldNames | null): SearchPattern {
  const sources = query.regex ? [query.text.trim()] : searchedPatterns(query.text, fields)
  const usable = sources.filter((source) => source !== '' && !SLOW.test(source) && compiles(source))
  return usable.length === 0 ? null : new RegExp(usable.join('|'), 'giu')
}

function compiles(source: string): boolean {
  try {
    return new RegExp(source, 'giu').source !== ''
  } catch {
    return false
  }
}

export interface Piece {
  readonly text: string
  readonly isMatch: boolean
}

/** Splits a text into matches and the parts between them. */
export function pieces(text: string, searchPattern: SearchPattern): Piece[] {
  if (searchPattern === null || text === '') return [{ text, isMatch: false }]
  const cut: Piece[] = []
  let end = 0
  for (const match of text.slice(0, MAX_TEXT).matchAll(searchPattern)) {
    if (match[0] === '') continue
    if (match.index > end) cut.push({ text: text.slice(end, match.index), isMatch: false })
    cut.push({ text: match[0], isMatch: true })
    end = match.index + match[0].length
    if (cut.length > MAX_RANGES) break
  }
  if (end < text.length) cut.push({ text: text.slice(end), isMatch: false })
  return cut
}
