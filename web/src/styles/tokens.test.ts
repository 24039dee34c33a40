import { describe, expect, it } from 'vitest'

const sources = import.meta.glob<string>(['../**/*.vue', '../**/*.css'], { eager: true, query: '?raw', import: 'default' })
const TOKENS = './tokens.css'

/** The styles of a file: the whole text of a CSS file, the style blocks of a component. */
function styles(path: string, text: string): string {
  const css = path.endsWith('.vue') ? [...text.matchAll(/<style[^>]*>([\s\S]*?)<\/style>/g)].map((match) => match[1]).join('\n') : text
  return css.replace(/\/\*[\s\S]*?\*\//g, '')
}

const RAW_COLOUR = /#[0-9a-f]{3,8}\b|\b(?:rgba?|hsla?|oklch|oklab|lab|lch|hwb)\(|:\s*(?:white|black|red|gr[ae]y)\b/gi
const USED = /var\((--[\w-]+)/g
const DEFINED = /^\s*(--[\w-]+):/gm

const tokens = sources[TOKENS] ?? ''
const others = Object.entries(sources).filter(([path]) => path !== TOKENS)

describe('the style tokens', () => {
  it('are the only place with raw colours', () => {
    const found = others.flatMap(([path, text]) => (styles(path, text).match(RAW_COLOUR) ?? []).map((colour) => `${path}: ${colour}`))
    expect(found).toEqual([])
  })

  it('define every variable that is used', () => {
    const known = new Set([...tokens.matchAll(DEFINED)].map((match) => match[1]))
    const unknown = others.flatMap(([path, text]) =>
      [...text.matchAll(USED)]
        .map((match) => match[1] ?? '')
        .filter((name) => !known.has(name) && !name.startsWith('--reka-'))
        .map((name) => `${path}: ${name}`),
    )
    expect(unknown).toEqual([])
  })

  it('define nothing that is not used', () => {
    const text = Object.values(sources).join('\n')
    const unused = [...tokens.matchAll(DEFINED)].map((match) => match[1] ?? '').filter((name) => !text.includes(`var(${name}`))
    expect(unused).toEqual([])
  })

  it('know three sizes of text', () => {
    expect(tokens.match(/--text-\w+:/g)).toHaveLength(3)
    const odd = others.flatMap(([path, text]) => (styles(path, text).match(/font-size:\s*(?!\s|var\(--text-)[^;]+/g) ?? []).map((size) => `${path}: ${size}`))
    expect(odd).toEqual([])
  })
})
