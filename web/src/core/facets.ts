import { splitClauses, modeOf, term, type TermMode } from './clauses'

export const FACETS = ['model', 'lora', 'sampler', 'tool', 'custom', 'rating', 'shape', 'size', 'month'] as const
export type Facet = (typeof FACETS)[number]

export interface FacetCount {
  readonly value: string
  readonly count: number
}

export interface FacetOption extends FacetCount {
  readonly term: string
  readonly mode: TermMode
}

/** The classes of the server, in megapixels with two digits, as the search language wants them. */
const SIZES: Readonly<Record<string, string>> = {
  '< 0.6 MP': 'size:<0.60mp',
  '1 MP': 'size:0.60mp..1.49mp',
  '2 MP': 'size:1.50mp..2.99mp',
  '4 MP': 'size:3.00mp..7.99mp',
  '> 8 MP': 'size:>=8.00mp',
}

const NAMES: ReadonlySet<Facet> = new Set<Facet>(['model', 'lora', 'sampler', 'tool'])

/** The term that finds the files of a value; null for what the language has no word for. */
export function facetTerm(facet: Facet, value: string): string | null {
  if (NAMES.has(facet)) return term(facet, value, true)
  if (facet === 'size') return SIZES[value] ?? null
  if (value === 'unknown') return null
  if (facet === 'custom') return term('tag', value)
  if (facet === 'rating') return `rating:${value === '0' ? 'none' : value}`
  return facet === 'shape' ? `ratio:${value}` : `date:${value}`
}

const unquoted = (text: string): string => text.replace(/^"|"$/gu, '').replace(/\\(["\\])/gu, '$1')

/** The values with what the query says of them; what it leaves out counts nothing any more, and is shown all the same. */
export function facetOptions(facet: Facet, counts: readonly FacetCount[], text: string): FacetOption[] {
  const lines: FacetOption[] = []
  for (const { value, count } of counts) {
    const wanted = facetTerm(facet, value)
    if (wanted !== null) lines.push({ value, count, term: wanted, mode: modeOf(text, wanted) })
  }
  lines.push(...leftOut(facet, lines, text))
  return lines.sort((one, other) => Number(other.mode !== 'none') - Number(one.mode !== 'none'))
}

/** How the terms of a facet begin, and which values are its own: `date:` and `ratio:` know others as well. */
const WRITTEN: Readonly<Partial<Record<Facet, readonly [start: string, own: RegExp]>>> = {
  model: ['model:=', /./u],
  lora: ['lora:=', /./u],
  sampler: ['sampler:=', /./u],
  tool: ['tool:=', /./u],
  custom: ['tag:', /./u],
  rating: ['rating:', /^[1-5]$/u],
  shape: ['ratio:', /^(?:portrait|landscape|square)$/u],
  month: ['date:', /^\d{4}-\d{2}$/u],
}

function leftOut(facet: Facet, known: readonly FacetOption[], text: string): FacetOption[] {
  const [start, own] = WRITTEN[facet] ?? ['', /^$/u]
  if (start === '') return []
  return splitClauses(text)
    .filter((clause) => clause.term.startsWith(start) && !known.some((line) => line.term.toLowerCase() === clause.term.toLowerCase()))
    .map((clause): FacetOption => ({
      value: unquoted(clause.term.slice(start.length)),
      count: 0,
      term: clause.term,
      mode: clause.negated ? 'exclude' : 'include',
    }))
    .filter((line) => own.test(line.value))
}
