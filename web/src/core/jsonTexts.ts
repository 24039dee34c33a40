import { Branch, readJson, type Json } from './json'
import type { RawText } from './media'

/** A JSON text in a file. */
export interface JsonText {
  readonly name: string
  readonly place: string
  readonly text: string
}

/** ComfyUI writes `workflow:{...}` into fields that have another name. */
const NAMED = /^\s*(\w{1,40})\s*:\s*(?=[{[])/
const OPENS = /^[\s\ufeff]*[{[]\s*(?:["{[\]}\d-]|$)/

/** The entries that look like JSON. They may still be invalid. */
export function jsonTexts(raw: readonly RawText[]): JsonText[] {
  const list: JsonText[] = []
  for (const { place, key, text } of raw) {
    const name = NAMED.exec(text.slice(0, 100))
    const body = name === null ? text : text.slice(name[0].length)
    if (OPENS.test(body.slice(0, 200))) list.push({ name: name?.[1] ?? key, place, text: body.trim() })
  }
  return list
}

/** Names that tools give to a workflow that can be loaded again, the most complete first. */
const WORKFLOWS = ['workflow', 'comfy:workflow', 'invokeai_workflow', 'prompt', 'comfy:prompt', 'invokeai_graph']
/** Video tags hold everything in one object: `{"prompt": ..., "workflow": ...}`. */
const INNER = ['workflow', 'prompt'] as const

/** The workflow that can be loaded into the tool again; null when the file has none. */
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
