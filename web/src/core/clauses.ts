import { textValue, type FieldNames } from './queryFields'

/** A part of a query text between blanks outside quotes, patterns and brackets: fine enough to add, find and remove a term. */
export interface Clause {
  readonly start: number
  readonly end: number
  readonly negated: boolean
  /** The text without the leading minus. */
  readonly term: string
}

export type TermMode = 'include' | 'exclude' | 'none'

const BLANK = /\s/u

/** Index of the quote or slash that closes the one at `start`; `start` itself when none does. */
function closingIndex(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === text[start]) return at
  }
  return start
}

/** Index of the end of a quoted text or pattern that starts here, else `at`. A slash starts a pattern only at the start of a value. */
function skipQuoted(text: string, at: number): number {
  if (text[at] === '"') return closingIndex(text, at)
  if (text[at] !== '/' || (at > 0 && !/[\s(:,!-]/u.test(text[at - 1] ?? ''))) return at
  const end = closingIndex(text, at)
  return end > at + 1 && /^$|[\s(),]/u.test(text[end + 1] ?? '') ? end : at
}

/** Splits a query text into clauses, in order. */
export function splitClauses(text: string): Clause[] {
  const list: Clause[] = []
  let start = -1
  let depth = 0
  const close = (end: number): void => {
    if (start < 0) return
    const negated = /^[-!]\S/u.test(text.slice(start, end))
    list.push({ start, end, negated, term: text.slice(negated ? start + 1 : start, end) })
    start = -1
  }
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? ''
    if (BLANK.test(character) && depth === 0) {
      close(at)
      continue
    }
    if (start < 0) start = at
    if (character === '(') depth++
    else if (character === ')') depth = Math.max(0, depth - 1)
    else at = skipQuoted(text, at)
  }
  close(text.length)
  return list
}

const PLAIN = /^[^\s(),"*?=<>/-][^\s(),"*?]*$/u
const OPERATORS: ReadonlySet<string> = new Set(['AND', 'OR', 'NOT', '|', '||', '&&'])

/** A value as written in a query, quoted if necessary. */
export function quoted(value: string): string {
  return PLAIN.test(value) && !OPERATORS.has(value) ? value : phrase(value)
}

/** The query that finds a text exactly as it is. */
export function phrase(text: string): string {
  return `"${text.replace(/[\\"]/gu, '\\$&')}"`
}

/** `model:sdxl`, or `model:="sd xl"` for the whole name. */
export function term(field: string, value: string, whole = false): string {
  const written = quoted(value)
  if (!whole) return `${field}:${written}`
  return `${field}:=${written.startsWith('"') ? written : `"${written}"`}`
}

const isSameTerm = (first: string, second: string): boolean => first.toLowerCase() === second.toLowerCase()

export function modeOf(text: string, target: string): TermMode {
  const clause = splitClauses(text).find(({ term: other }) => isSameTerm(other, target))
  if (clause === undefined) return 'none'
  return clause.negated ? 'exclude' : 'include'
}

/** Adds a term to the query, or inverts or removes it. Puts brackets around alternatives (`OR`) that are already there. */
export function withTerm(text: string, target: string, mode: TermMode): string {
  let rest = text
  for (const clause of splitClauses(text).reverse()) {
    if (isSameTerm(clause.term, target)) rest = rest.slice(0, clause.start) + rest.slice(clause.end).replace(/^\s+/u, '')
  }
  rest = rest.trim()
  if (mode === 'none') return rest
  if (splitClauses(rest).some((clause) => /^(OR|\|\|?)$/u.test(clause.term))) rest = `(${rest})`
  return [rest, mode === 'exclude' ? `-${target}` : target].filter(Boolean).join(' ')
}

/** As `withTerm`, but removes the term if it already has this mode. */
export function toggleTerm(text: string, target: string, mode: TermMode): string {
  return withTerm(text, target, modeOf(text, target) === mode ? 'none' : mode)
}

const NOT_WORDS: ReadonlySet<string> = new Set([...OPERATORS, ''])

/**
 * Sources of regular expressions for everything the query looks for in texts, to highlight the matches. `fields` is null
 * while the names of the fields are not known: then no term that looks like `field:value` is highlighted.
 */
export function searchedPatterns(text: string, fields: FieldNames | null): string[] {
  const sources: string[] = []
  let negate = false
  for (const clause of splitClauses(text)) {
    const negated = clause.negated || negate
    negate = clause.term === 'NOT'
    if (!negated) sources.push(...patternsOf(clause.term, fields))
  }
  return sources
}

function patternsOf(written: string, fields: FieldNames | null): string[] {
  if (written.startsWith('(') && written.endsWith(')')) return searchedPatterns(written.slice(1, -1), fields)
  const value = textValue(written, fields)
  if (value === null || NOT_WORDS.has(value)) return []
  if (value.startsWith('(') && value.endsWith(')')) return value.slice(1, -1).split(',').flatMap((part) => patternsOf(part.trim(), fields))
  if (/^\/.+\/$/u.test(value)) return [value.slice(1, -1)]
  if (value.startsWith('"')) return [escaped(value.replace(/^"|"$/gu, '').replace(/\\(["\\])/gu, '$1'))]
  const words = value.split(/[,，、]/u).filter((word) => word !== '')
  return words.map((word) => escaped(word).replace(/\\\*/gu, '[^\\n]*?').replace(/\\\?/gu, '.'))
}

const escaped = (value: string): string => value.replace(/[\\^$.*+?()[\]{}|/]/gu, '\\$&').replace(/\s+/gu, '\\s+')
