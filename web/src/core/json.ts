/**
 * Reads JSON as tools really write it: `NaN` and `Infinity` are taken, numbers that a float cannot hold keep their digits,
 * keys keep their order and may repeat. Objects and lists remember where they stand in the text.
 */

/** A number that would change if it were turned into a float and back. */
export class BigNumberText {
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

export type Json = Branch | BigNumberText | string | number | boolean | null

/** Where reading stopped, and at which character. */
export class JsonProblem extends Error {
  constructor(
    message: string,
    readonly at: number,
  ) {
    super(message)
  }
}

const QUOTE = 34
const BACKSLASH = 92
const MAX_DEPTH = 2_000
const NUMBER = /-?(?:\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|Infinity)|NaN/y
const WORDS: Readonly<Record<string, readonly [string, Json]>> = { t: ['true', true], f: ['false', false], n: ['null', null] }
/** Whole numbers up to here are exact. */
const SAFE_DIGITS = 15

/** Reads a text a little at a time. */
export class JsonReader {
  /** What has been read so far: branches are put in their place before their content is read. */
  root: Json = null
  problem: JsonProblem | null = null
  private at = 0
  private begun = false
  private readonly open: Branch[] = []

  constructor(private readonly text: string) {}

  /** Reads up to so many values; true when there is no more to read, for whichever reason. */
  advance(values: number): boolean {
    try {
      for (let count = 0; count < values; count++) if (this.step()) return true
      return false
    } catch (error) {
      if (!(error instanceof JsonProblem)) throw error
      this.problem = error
      this.abandon()
      return true
    }
  }

  private step(): boolean {
    const branch = this.open.at(-1)
    if (branch !== undefined) {
      if (this.isNext(branch)) this.child(branch)
    } else if (this.begun) {
      this.skipSpace()
      if (this.at < this.text.length) this.fail('more text after the end')
      return true
    } else {
      this.begun = true
      this.value(null)
    }
    return false
  }

  /** Ends the branches that reading has left open. */
  private abandon(): void {
    for (const branch of this.open) {
      branch.end = this.text.length
      if (branch.keys !== null) branch.keys.length = branch.values.length
    }
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

  private put(parent: Branch | null, value: Json): void {
    if (parent === null) this.root = value
    else parent.values.push(value)
  }

  private value(parent: Branch | null): void {
    this.skipSpace()
    const sign = this.text.charAt(this.at)
    if (sign === '{') this.enter(new Branch([], this.at), parent)
    else if (sign === '[') this.enter(new Branch(null, this.at), parent)
    else this.put(parent, sign === '"' ? this.string() : this.plain(sign))
  }

  private plain(sign: string): Json {
    const word = WORDS[sign]
    if (word === undefined || !this.text.startsWith(word[0], this.at)) return this.number()
    this.at += word[0].length
    return word[1]
  }

  private number(): Json {
    NUMBER.lastIndex = this.at
    const found = NUMBER.exec(this.text)?.[0]
    if (found === undefined) this.fail(this.at < this.text.length ? 'no value here' : 'the text ends too early')
    this.at += found.length
    const value = Number(found)
    const isExact = (found.length <= SAFE_DIGITS && Number.isInteger(value) && !/[.eE]|^-?0./.test(found)) || String(value) === found
    return isExact && Number.isFinite(value) ? value : new BigNumberText(found)
  }

  private string(): string {
    const start = this.at
    const plainEnd = this.text.indexOf('"', start + 1)
    if (plainEnd < 0) return this.fail('a text without an end')
    const plain = this.text.slice(start + 1, plainEnd)
    if (!plain.includes('\\')) {
      this.at = plainEnd + 1
      return plain
    }
    for (let at = start + 1; at < this.text.length; at++) {
      const code = this.text.charCodeAt(at)
      if (code === BACKSLASH) at++
      else if (code === QUOTE) {
        this.at = at + 1
        return this.unescaped(start)
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

  private enter(branch: Branch, parent: Branch | null): void {
    if (this.open.length >= MAX_DEPTH) this.fail('too deep')
    this.put(parent, branch)
    this.open.push(branch)
    this.at++
  }

  /** After a value: whether another one follows. */
  private isNext(branch: Branch): boolean {
    const close = branch.keys === null ? ']' : '}'
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
    this.open.pop()
    this.at++
    branch.end = this.at
    return false
  }

  private child(branch: Branch): void {
    if (branch.keys !== null) {
      this.skipSpace()
      if (this.text.charCodeAt(this.at) !== QUOTE) this.fail('expected a name')
      branch.keys.push(this.string())
      this.skipSpace()
      if (this.text.charAt(this.at) !== ':') this.fail('expected :')
      this.at++
    }
    this.value(branch)
  }
}

/** What can be read, and where and why reading stopped if it did before the end. */
export function readPartialJson(text: string): { readonly value: Json; readonly problem: JsonProblem | null } {
  const reader = new JsonReader(text)
  reader.advance(Infinity)
  return { value: reader.root, problem: reader.problem }
}

/** Throws `JsonProblem`. */
export function readJson(text: string): Json {
  const { value, problem } = readPartialJson(text)
  if (problem !== null) throw problem
  return value
}
