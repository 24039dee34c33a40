const DAY = /^(\d{4})-(\d{2})-(\d{2})$/
const MONTH = /^(\d{4})-(\d{2})$/

/** Formats days and months of section keys in the language of the user. */
export class DateNames {
  private readonly day: Intl.DateTimeFormat
  private readonly month: Intl.DateTimeFormat
  private readonly moment: Intl.DateTimeFormat

  constructor(locale: string) {
    this.day = new Intl.DateTimeFormat(locale, { weekday: 'short', day: 'numeric', month: 'long', year: 'numeric' })
    this.month = new Intl.DateTimeFormat(locale, { month: 'long', year: 'numeric' })
    this.moment = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' })
  }

  /** Heading of a section. Keys that are not dates are returned unchanged. */
  section(key: string): string {
    const day = DAY.exec(key)
    if (day) return this.day.format(localDate(day[1], day[2], day[3]))
    return this.monthOf(key)
  }

  /** Month and year, short enough for the bubble of the scrubber. */
  monthOf(key: string): string {
    const month = MONTH.exec(key.slice(0, 7))
    return month ? this.month.format(localDate(month[1], month[2], '01')) : key
  }

  exact(milliseconds: number): string {
    return this.moment.format(milliseconds)
  }
}

function localDate(year = '1970', month = '01', day = '01'): Date {
  return new Date(Number(year), Number(month) - 1, Number(day))
}
