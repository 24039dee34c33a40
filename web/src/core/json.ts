/**
 * Reads JSON as tools really write it: accepts `NaN` and `Infinity`, keeps the digits of numbers that a float cannot hold,
 * and keeps the order of keys, which may repeat. Objects and lists remember their range in the text.
 */

/** A number that a float cannot hold without changing it. */
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

/** Why reading stopped, and the index of the character. */
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
/** Integers with up to this many digits are exact. */
const SAFE_DIGITS = 15

/** Reads a JSON text in small steps. */
export class JsonReader {
  /** The value read so far. Branches are attached before their content is read. */
  root: Json = null
  problem: JsonProblem | null = null
  private at = 0
  private started = false
  private readonly open: Branch[] = []

  constructor(private readonly text: string) {}

  /** Reads up to `values` values. Returns true when reading has ended, at the end of the text or with a problem. */
  advance(values: number): boolean {
    try {
      for (let count = 0; count < values; count++) if (this.step()) return true
      return false
    } catch (error) {
      if (!(error instanceof JsonProblem)) throw error
      this.problem = error
      this.closeAll()
      return true
    }
  }

  private step(): boolean {
    const branch = this.open.at(-1)
    if (branch !== undefined) {
      if (this.isNext(branch)) this.child(branch)
    } else if (this.started) {
      this.skipSpace()
      if (this.at < this.text.length) this.fail('more text after the end')
      return true
    } else {
      this.started = true
      this.value(null)
    }
    return false
  }

  /** Closes the branches that are still open. */
  private closeAll(): void {
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
    const character = this.text.charAt(this.at)
    if (character === '{') this.enter(new Branch([], this.at), parent)
    else if (character === '[') this.enter(new Branch(null, this.at), parent)
    else this.put(parent, character === '"' ? this.string() : this.plain(character))
  }

  private plain(character: string): Json {
    const word = WORDS[character]
    if (word === undefined || !this.text.startsWith(word[0], this.at)) return this.number()
    this.at += word[0].length
    return word[1]
  }

  private number(): Json {
    NUMBER.lastIndex = this.at
    const digits = NUMBER.exec(this.text)?.[0]
    if (digits === undefined) this.fail(this.at < this.text.length ? 'no value here' : 'the text ends too early')
    this.at += digits.length
    const value = Number(digits)
    const isExact = (digits.length <= SAFE_DIGITS && Number.isInteger(value) && !/[.eE]|^-?0./.test(digits)) || String(value) === digits
    return isExact && Number.isFinite(value) ? value : new BigNumberText(digits)
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
    // Tools often write line breaks inside strings, which `JSON.parse` rejects.
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

  /** Whether another value follows in the branch. */
  private isNext(branch: Branch): boolean {
    const close = branch.keys === null ? ']' : '}'
    this.skipSpace()
    const character = this.text.charAt(this.at)
    if (character === ',' && branch.values.length > 0) {
      this.at++
      this.skipSpace()
      return this.text.charAt(this.at) !== close || this.leave(branch)
    }
    if (character === close) return this.leave(branch)
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

/** Reads as much as possible. `problem` is null when the whole text could be read. */
export function readPartialJson(text: string): { readonly value: Json; readonly problem: JsonProblem | null } {
  const reader = new JsonReader(text)
  reader.advance(Infinity)
  return { value: reader.root, problem: reader.problem }
}

/** Reads a whole JSON text. Throws `JsonProblem` if it is invalid. */
export function readJson(text: string): Json {
  const { value, problem } = readPartialJson(text)
  if (problem !== null) throw problem
  return value
}
