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

/** The resolution classes of the server as terms of the search language, in megapixels with two digits. */
const SIZES: Readonly<Record<string, string>> = {
  '< 0.6 MP': 'size:<0.60mp',
  '1 MP': 'size:0.60mp..1.49mp',
  '2 MP': 'size:1.50mp..2.99mp',
  '4 MP': 'size:3.00mp..7.99mp',
  '> 8 MP': 'size:>=8.00mp',
}

const NAMES: ReadonlySet<Facet> = new Set<Facet>(['model', 'lora', 'sampler', 'tool'])

/** The term that finds the files with a value; null when the search language has no term for it. */
export function facetTerm(facet: Facet, value: string): string | null {
  if (NAMES.has(facet)) return term(facet, value, true)
  if (facet === 'size') return SIZES[value] ?? null
  if (value === 'unknown') return null
  if (facet === 'custom') return term('tag', value)
  if (facet === 'rating') return `rating:${value === '0' ? 'none' : value}`
  return facet === 'shape' ? `ratio:${value}` : `date:${value}`
}

const unquoted = (text: string): string => text.replace(/^"|"$/gu, '').replace(/\\(["\\])/gu, '$1')

/** The values of a facet and their mode in the query, active ones first. Values that the query excludes are listed with count 0. */
export function facetOptions(facet: Facet, counts: readonly FacetCount[], text: string): FacetOption[] {
  const options: FacetOption[] = []
  for (const { value, count } of counts) {
    const target = facetTerm(facet, value)
    if (target !== null) options.push({ value, count, term: target, mode: modeOf(text, target) })
  }
  options.push(...missingFromCounts(facet, options, text))
  return options.sort((a, b) => Number(b.mode !== 'none') - Number(a.mode !== 'none'))
}

/** The prefix of a facet's terms and the pattern of its values: `date:` and `ratio:` accept other values, too. */
const TERM_SYNTAX: Readonly<Partial<Record<Facet, readonly [prefix: string, values: RegExp]>>> = {
  model: ['model:=', /./u],
  lora: ['lora:=', /./u],
  sampler: ['sampler:=', /./u],
  tool: ['tool:=', /./u],
  custom: ['tag:', /./u],
  rating: ['rating:', /^[1-5]$/u],
  shape: ['ratio:', /^(?:portrait|landscape|square)$/u],
  month: ['date:', /^\d{4}-\d{2}$/u],
}

/** Active terms of the query whose values have no count. */
function missingFromCounts(facet: Facet, counted: readonly FacetOption[], text: string): FacetOption[] {
  const [prefix, values] = TERM_SYNTAX[facet] ?? ['', /^$/u]
  if (prefix === '') return []
  return splitClauses(text)
    .filter((clause) => clause.term.startsWith(prefix) && !counted.some((option) => option.term.toLowerCase() === clause.term.toLowerCase()))
    .map((clause): FacetOption => ({
      value: unquoted(clause.term.slice(prefix.length)),
      count: 0,
      term: clause.term,
      mode: clause.negated ? 'exclude' : 'include',
    }))
    .filter((option) => values.test(option.value))
}
