import { clockTime, plainText, type GenInfo, type MediaDetail } from '../../core/media'

export interface InfoRow {
  readonly name: string
  readonly value: string
  /** The kind of search a click on the value starts. */
  readonly search?: string
}

type Translate = (key: string) => string

const filled = (rows: readonly InfoRow[]): InfoRow[] => rows.filter((row) => row.value !== '')

/** The settings most looked for, in the order people read them. */
export function settingRows(geninfo: GenInfo, t: Translate): InfoRow[] {
  const size = geninfo.width && geninfo.height ? `${geninfo.width} × ${geninfo.height}` : ''
  const tool = [geninfo.tool, geninfo.tool_version].filter(Boolean).join(' ')
  return filled([
    { name: t('info.sampler'), value: plainText(geninfo.sampler), search: 'sampler' },
    { name: t('info.scheduler'), value: plainText(geninfo.scheduler) },
    { name: t('info.steps'), value: plainText(geninfo.steps) },
    { name: t('info.cfg'), value: plainText(geninfo.cfg) },
    { name: t('info.guidance'), value: plainText(geninfo.guidance) },
    { name: t('info.seed'), value: plainText(geninfo.seed), search: 'seed' },
    { name: t('info.size'), value: size },
    { name: t('info.denoise'), value: plainText(geninfo.denoise) },
    { name: t('info.vae'), value: plainText(geninfo.vae) },
    { name: t('info.tool'), value: tool },
  ])
}

export function parameterRows(geninfo: GenInfo): InfoRow[] {
  const entries = [...Object.entries(geninfo.hires), ...Object.entries(geninfo.parameters)]
  const rows = new Map(entries.map(([name, value]) => [name, plainText(value)]))
  return filled([...rows].map(([name, value]) => ({ name, value })))
}

export function fileRows(detail: MediaDetail, t: Translate): InfoRow[] {
  const pixels = detail.width && detail.height ? `${detail.width} × ${detail.height}` : ''
  return filled([
    { name: t('info.name'), value: detail.name },
    { name: t('info.folder'), value: detail.folder, search: 'folder' },
    { name: t('info.pixels'), value: pixels },
    { name: t('info.bytes'), value: detail.size },
    { name: t('info.duration'), value: detail.duration_ms === null ? '' : clockTime(detail.duration_ms) },
    { name: t('info.date'), value: detail.date },
  ])
}
