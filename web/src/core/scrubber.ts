import type { JustifiedLayout } from './justified'

export interface YearLabel {
  readonly year: string
  /** 0 at the top of the scrubber, 1 at its end. */
  readonly at: number
}

/** Positions of the years on the scrubber. Labels closer than `minimum`, a fraction of its height, are dropped. */
export function yearLabels(layout: JustifiedLayout, minimum: number): YearLabel[] {
  const labels: YearLabel[] = []
  let previousYear = ''
  for (const [index, section] of layout.sections.entries()) {
    const year = section.key.slice(0, 4)
    if (year === previousYear || year === '') continue
    previousYear = year
    const at = layout.height === 0 ? 0 : (layout.sectionTops[index] ?? 0) / layout.height
    const last = labels.at(-1)
    if (last === undefined || at - last.at >= minimum) labels.push({ year, at })
  }
  return labels
}
