import { searchedPatterns } from './clauses'

/** What a text search looks for, as it is marked in what was found. */
export type SearchPattern = RegExp | null

const MAX_TEXT = 20_000
const MAX_RANGES = 500
/** A repetition of what repeats itself may take forever; the server has a time limit, the page has none. */
const SLOW = /[+*}][^()]*\)[+*{]/

/** Null when nothing is looked for, or when the pattern is one only the server understands. */
export function searchPatternOf(query: { readonly text: string; readonly regex: boolean }): SearchPattern {
  const sources = query.regex ? [query.text.trim()] : searchedPatterns(query.text)
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
  readonly found: boolean
}

/** A text cut into what was found and what lies between. */
export function pieces(text: string, searchPattern: SearchPattern): Piece[] {
  if (searchPattern === null || text === '') return [{ text, found: false }]
  const cut: Piece[] = []
  let end = 0
  for (const match of text.slice(0, MAX_TEXT).matchAll(searchPattern)) {
    if (match[0] === '') continue
    if (match.index > end) cut.push({ text: text.slice(end, match.index), found: false })
    cut.push({ text: match[0], found: true })
    end = match.index + match[0].length
    if (cut.length > MAX_RANGES) break
  }
  if (end < text.length) cut.push({ text: text.slice(end), found: false })
  return cut
}
