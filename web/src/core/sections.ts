import type { Bucket } from './types'

/** A part of the results with one header. The key is a day, a month, or empty for no header. */
export interface Section {
  readonly key: string
  readonly start: number
  readonly count: number
}

/** A month with fewer items per day on average becomes one section, so that sparse years do not become a list of headers. */
const SPARSE_PER_DAY = 6

const monthOf = (key: string): string => key.slice(0, 7)

function monthSections(days: readonly Bucket[]): Section[] {
  const first = days[0]
  if (first === undefined) return []
  const count = days.reduce((sum, day) => sum + day.count, 0)
  if (days.length === 1 || count >= days.length * SPARSE_PER_DAY) return days.map((day) => ({ ...day }))
  return [{ key: monthOf(first.key), start: first.start, count }]
}

/** Sections for day buckets, with sparse months merged. Items after the last bucket form a section without a header. */
export function toSections(buckets: readonly Bucket[], total: number): Section[] {
  const sections: Section[] = []
  let month: Bucket[] = []
  let covered = 0
  for (const bucket of buckets) {
    if (bucket.count <= 0 || bucket.start !== covered) continue
    const before = month[0]
    if (before !== undefined && monthOf(before.key) !== monthOf(bucket.key)) {
      sections.push(...monthSections(month))
      month = []
    }
    month.push(bucket)
    covered += bucket.count
  }
  sections.push(...monthSections(month))
  if (covered < total) sections.push({ key: '', start: covered, count: total - covered })
  return sections
}
