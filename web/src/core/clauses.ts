import { textValue, type FieldNames } from './queryFields'

/** A query text cut at its outermost blanks, just finely enough to add a term, find it again and take it out. */
export interface Clause {
  readonly start: number
  readonly end: number
  readonly negated: boolean
  /** Without the minus. */
  readonly term: string
}

export type TermMode = 'include' | 'exclude' | 'none'

const BLANK = /\s/u

/** The end of what begins with a quote or a slash here; `start` itself when it is never closed. */
function closing(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === text[start]) return at
  }
  return start
}

/** A slash begins a pattern only at the start of a value, and only if one closes it before a blank. */
function skip(text: string, at: number): number {
  if (text[at] === '"') return closing(text, at)
  if (text[at] !== '/' || (at > 0 && !/[\s(:,!-]/u.test(text[at - 1] ?? ''))) return at
  const end = closing(text, at)
  return end > at + 1 && /^$|[\s(),]/u.test(text[end + 1] ?? '') ? end : at
}

export function splitClauses(text: string): Clause[] {
  const found: Clause[] = []
  let start = -1
  let depth = 0
  const close = (end: number): void => {
    if (start < 0) return
    const negated = /^[-!]\S/u.test(text.slice(start, end))
    found.push({ start, end, negated, term: text.slice(negated ? start + 1 : start, end) })
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
    else at = skip(text, at)
  }
  close(text.length)
  return found
}

const PLAIN = /^[^\s(),"*?=<>/-][^\s(),"*?]*$/u
const OPERATORS: ReadonlySet<string> = new Set(['AND', 'OR', 'NOT', '|', '||', '&&'])

/** A value as it is written in a query: in quotes if it must be. */
export function quoted(value: string): string {
  if (PLAIN.test(value) && !OPERATORS.has(value)) return value
  return `"${value.replace(/[\\"]/gu, '\\$&')}"`
}

/** `model:sdxl`, or `model:="sd xl"` for the whole name. */
export function term(field: string, value: string, whole = false): string {
  const written = quoted(value)
  if (!whole) return `${field}:${written}`
  return `${field}:=${written.startsWith('"') ? written : `"${written}"`}`
}

const same = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase()

export function modeOf(text: string, wanted: string): TermMode {
  const found = splitClauses(text).find((clause) => same(clause.term, wanted))
  if (found === undefined) return 'none'
  return found.negated ? 'exclude' : 'include'
}

/** Puts a term into the query, or turns or takes away the one that is there. What others wrote with OR stays together. */
export function withTerm(text: string, wanted: string, mode: TermMode): string {
  let rest = text
  for (const clause of splitClauses(text).reverse()) {
    if (same(clause.term, wanted)) rest = rest.slice(0, clause.start) + rest.slice(clause.end).replace(/^\s+/u, '')
  }
  rest = rest.trim()
  if (mode === 'none') return rest
  if (splitClauses(rest).some((clause) => /^(OR|\|\|?)$/u.test(clause.term))) rest = `(${rest})`
  return [rest, mode === 'exclude' ? `-${wanted}` : wanted].filter(Boolean).join(' ')
}

/** A click on what is on already turns it off. */
export function toggleTerm(text: string, wanted: string, mode: TermMode): string {
  return withTerm(text, wanted, modeOf(text, wanted) === mode ? 'none' : mode)
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
  return [escaped(value).replace(/\\\*/gu, '[^\\n]*?').replace(/\\\?/gu, '.')]
}

const escaped = (value: string): string => value.replace(/[\\^$.*+?()[\]{}|/]/gu, '\\$&').replace(/\s+/gu, '\\s+')
