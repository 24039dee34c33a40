import { Branch, readJson, type Json } from './json'
import type { RawText } from './media'

/** A JSON text that stands in a file, with or without a name in front of it. */
export interface JsonText {
  readonly name: string
  readonly place: string
  readonly text: string
}

/** ComfyUI writes `workflow:{...}` into fields that have names of their own. */
const NAMED = /^\s*(\w{1,40})\s*:\s*(?=[{[])/
const OPENS = /^[\s\ufeff]*[{[]\s*(?:["{[\]}\d-]|$)/

/** The entries that look like JSON; whether they are shows when they are read. */
export function jsonTexts(raw: readonly RawText[]): JsonText[] {
  const found: JsonText[] = []
  for (const { place, key, text } of raw) {
    const name = NAMED.exec(text.slice(0, 100))
    const body = name === null ? text : text.slice(name[0].length)
    if (OPENS.test(body.slice(0, 200))) found.push({ name: name?.[1] ?? key, place, text: body.trim() })
  }
  return found
}

/** Names under which tools keep the graph that can be loaded again, the most complete first. */
const WORKFLOWS = ['workflow', 'comfy:workflow', 'invokeai_workflow', 'prompt', 'comfy:prompt', 'invokeai_graph']
/** Video tags hold all in one object: `{"prompt": ..., "workflow": ...}`. */
const INNER = ['workflow', 'prompt'] as const

/** What can be loaded into the tool again; null where the file holds nothing of the kind. */
export function workflowOf(texts: readonly JsonText[]): JsonText | null {
  const named = WORKFLOWS.map((name) => texts.find((text) => text.name.toLowerCase() === name)).find((text) => text !== undefined)
  if (named !== undefined) return named
  for (const outer of texts) {
    const inner = INNER.map((name) => innerText(outer, name)).find((text) => text !== null)
    if (inner) return inner
  }
  return null
}

function innerText(outer: JsonText, name: string): JsonText | null {
  if (!outer.text.includes(`"${name}"`)) return null
  let value: Json
  try {
    value = readJson(outer.text)
  } catch {
    return null
  }
  if (!(value instanceof Branch) || value.keys === null) return null
  const inner = value.values[value.keys.indexOf(name)]
  if (inner instanceof Branch) return { name, place: outer.place, text: outer.text.slice(inner.start, inner.end) }
  if (typeof inner === 'string' && OPENS.test(inner.slice(0, 200))) return { name, place: outer.place, text: inner }
  return null
}

/** `picture.png` and `workflow` make `picture.workflow.json`. */
export function jsonFileName(mediaName: string, documentName: string): string {
  const stem = mediaName.replace(/\.[^.]{1,10}$/, '') || mediaName
  const kind = documentName.replace(/^.*:/, '').replace(/[^\p{L}\p{N}_-]+/gu, '-').slice(0, 40)
  return `${[stem, kind].filter(Boolean).join('.')}.json`.replace(/[\u0000-\u001f<>:"/\\|?*]/g, '_')
}
