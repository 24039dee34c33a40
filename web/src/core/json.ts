/**
 * Reads JSON as tools really write it: `NaN` and `Infinity` are taken, numbers that a float cannot hold keep their digits,
 * keys keep their order and may repeat. Objects and lists remember where they stand in the text.
 */

/** A number that would change if it were turned into a float and back. */
export class Digits {
  constructor(readonly text: string) {}
}

export class Branch {
  readonly values: Json[] = []
  end = 0

  constructor(
    /** Null for a list. */
    readonly keys: string[] | null,
    readonly start: number,
  ) {}
}

export type Json = Branch | Digits | string | number | boolean | null

/** Where reading stopped, and at which character. */
export class JsonProblem extends Error {
  constructor(
    message: string,
    readonly at: number,
  ) {
    super(message)
  }
}

const MAX_DEPTH = 2_000
const NUMBER = /-?(?:\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|Infinity)|NaN/y
const WORDS: readonly (readonly [string, Json])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
]

class Reader {
  private at = 0
  private depth = 0

  constructor(private readonly text: string) {}

  document(): Json {
    const value = this.value()
    this.skipSpace()
    if (this.at < this.text.length) this.fail('more text after the end')
    return value
  }

  private fail(message: string): never {
    throw new JsonProblem(message, this.at)
  }

  private skipSpace(): void {
    for (;;) {
      const code = this.text.charCodeAt(this.at)
      if (code !== 32 && code !== 10 && code !== 13 && code !== 9 && code !== 0xfeff) return
      this.at++
    }
  }

  private value(): Json {
    this.skipSpace()
    const sign = this.text.charAt(this.at)
    if (sign === '{') return this.object()
    if (sign === '[') return this.list()
    if (sign === '"') return this.string()
    for (const [word, value] of WORDS) {
      if (!this.text.startsWith(word, this.at)) continue
      this.at += word.length
      return value
    }
    return this.number()
  }

  private number(): Json {
    NUMBER.lastIndex = this.at
    const found = NUMBER.exec(this.text)?.[0]
    if (found === undefined) this.fail(this.at < this.text.length ? 'no value here' : 'the text ends too early')
    this.at += found.length
    const value = Number(found)
    return String(value) === found && Number.isFinite(value) ? value : new Digits(found)
  }

  private string(): string {
    const start = this.at
    let escaped = false
    for (let at = start + 1; at < this.text.length; at++) {
      const code = this.text.charCodeAt(at)
      if (code === 92) {
        escaped = true
        at++
      } else if (code === 34) {
        this.at = at + 1
        return escaped ? this.unescaped(start) : this.text.slice(start + 1, at)
      }
    }
    return this.fail('a text without an end')
  }

  private unescaped(start: number): string {
    // Line breaks inside of strings are an error for the strict reader and common in what tools write.
    const source = this.text.slice(start, this.at).replace(/\n/g, '\\n').replace(/\r/g, '\\r').replace(/\t/g, '\\t')
    try {
      return JSON.parse(source) as string
    } catch {
      return source.slice(1, -1)
    }
  }

  private enter(branch: Branch): Branch {
    if (++this.depth > MAX_DEPTH) this.fail('too deep')
    this.at++
    return branch
  }

  /** After a value: whether another one follows. */
  private isNext(branch: Branch, close: string): boolean {
    this.skipSpace()
    const sign = this.text.charAt(this.at)
    if (sign === ',' && branch.values.length > 0) {
      this.at++
      this.skipSpace()
      return this.text.charAt(this.at) !== close || this.leave(branch)
    }
    if (sign === close) return this.leave(branch)
    if (branch.values.length > 0) this.fail(`expected , or ${close}`)
    return true
  }

  private leave(branch: Branch): false {
    this.depth--
    this.at++
    branch.end = this.at
    return false
  }

  private object(): Branch {
    const keys: string[] = []
    const branch = this.enter(new Branch(keys, this.at))
    while (this.isNext(branch, '}')) {
      this.skipSpace()
      if (this.text.charAt(this.at) !== '"') this.fail('expected a name')
      const key = this.string()
      this.skipSpace()
      if (this.text.charAt(this.at) !== ':') this.fail('expected :')
      this.at++
      branch.values.push(this.value())
      keys.push(key)
    }
    return branch
  }

  private list(): Branch {
    const branch = this.enter(new Branch(null, this.at))
    while (this.isNext(branch, ']')) branch.values.push(this.value())
    return branch
  }
}

/** Throws `JsonProblem`. */
export const readJson = (text: string): Json => new Reader(text).document()
