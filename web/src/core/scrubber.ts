import type { JustifiedLayout } from './justified'

export interface YearLabel {
  readonly year: string
  /** 0 at the top of the strip, 1 at its end. */
  readonly at: number
}

/** Where the years begin on the strip, dropping those that would overlap (`minimum` is a fraction of the strip). */
export function yearLabels(layout: JustifiedLayout, minimum: number): YearLabel[] {
  const marks: YearLabel[] = []
  let before = ''
  for (const [index, section] of layout.sections.entries()) {
    const year = section.key.slice(0, 4)
    if (year === before || year === '') continue
    before = year
    const at = layout.height === 0 ? 0 : (layout.sectionTops[index] ?? 0) / layout.height
    const last = marks.at(-1)
    if (last === undefined || at - last.at >= minimum) marks.push({ year, at })
  }
  return marks
}
