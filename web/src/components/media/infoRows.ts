import { clockTime, plainText, type GenInfo, type MediaDetail, type Stage } from '../../core/media'

export interface InfoRow {
  readonly name: string
  readonly value: string
  /** The kind of search a click on the value starts. */
  readonly search?: string
  /** Value to search for, when it differs from the shown one. */
  readonly searchValue?: string
  readonly copy?: boolean
  /** Only for inferred values. */
  readonly confidence?: number | undefined
  /** The part of the file that the value was read from. */
  readonly source?: string | undefined
}

type Translate = (key: string, named?: Record<string, unknown>) => string

const filled = (rows: readonly InfoRow[]): InfoRow[] => rows.filter((row) => row.value !== '')

const size = (width: number | null, height: number | null): string => (width && height ? `${width} × ${height}` : '')

/** Tool and version. Some tools repeat their name in the version. */
function toolText({ tool, tool_version: version }: GenInfo): string {
  const repeated = tool !== null && (version ?? '').toLowerCase().startsWith(tool.toLowerCase())
  return [repeated ? '' : tool, version].filter(Boolean).join(' ')
}

/** The most important settings, in the order people read them. */
export function settingRows(geninfo: GenInfo, t: Translate): InfoRow[] {
  const { confidence, source } = geninfo
  const row = (field: string, value: string, more: Partial<InfoRow> = {}): InfoRow => ({
    name: t(`info.${field}`),
    value,
    confidence: confidence[field],
    source: source[field],
    ...more,
  })
  return filled([
    row('sampler', plainText(geninfo.sampler), { search: 'sampler' }),
    row('scheduler', plainText(geninfo.scheduler), { search: 'scheduler' }),
    row('steps', plainText(geninfo.steps), { search: 'steps' }),
    row('cfg', plainText(geninfo.cfg), { search: 'cfg' }),
    row('guidance', plainText(geninfo.guidance)),
    row('seed', plainText(geninfo.seed), { search: 'seed', copy: true }),
    row('size', size(geninfo.width, geninfo.height)),
    row('denoise', plainText(geninfo.denoise)),
    row('vae', plainText(geninfo.vae), { search: 'vae' }),
    row('tool', toolText(geninfo), {
      search: 'tool',
      ...(geninfo.tool === null ? {} : { searchValue: geninfo.tool }),
    }),
    row('generated', geninfo.is_generated === null ? '' : t(geninfo.is_generated ? 'info.yes' : 'info.no')),
  ])
}

export interface StageRows {
  readonly title: string
  readonly rows: InfoRow[]
}

function stageRows(stage: Stage, t: Translate): InfoRow[] {
  return filled([
    { name: t('info.sampler'), value: [stage.sampler, stage.scheduler].filter(Boolean).join(' / ') },
    { name: t('info.steps'), value: plainText(stage.steps) },
    { name: t('info.cfg'), value: plainText(stage.cfg) },
    { name: t('info.denoise'), value: plainText(stage.denoise) },
    { name: t('info.seed'), value: plainText(stage.seed), search: 'seed' },
  ])
}

/** The sampling passes, if there are several. The settings already show a single one. */
export function stagesOf(geninfo: GenInfo, t: Translate): StageRows[] {
  if (geninfo.stages.length < 2) return []
  return geninfo.stages.map((stage, index) => ({ title: t('info.pass', { n: index + 1 }), rows: stageRows(stage, t) }))
}

const rowsOf = (values: Readonly<Record<string, unknown>>): InfoRow[] =>
  filled(Object.entries(values).map(([name, value]) => ({ name, value: plainText(value) })))

export const hiresRows = (geninfo: GenInfo): InfoRow[] => rowsOf(geninfo.hires)

export const parameterRows = (geninfo: GenInfo): InfoRow[] => rowsOf(geninfo.parameters)

export function fileRows(detail: MediaDetail, t: Translate): InfoRow[] {
  return filled([
    { name: t('info.name'), value: detail.name },
    { name: t('info.folder'), value: detail.folder, search: 'folder' },
    { name: t('info.pixels'), value: size(detail.width, detail.height) },
    { name: t('info.bytes'), value: detail.size },
    { name: t('info.duration'), value: detail.duration_ms === null ? '' : clockTime(detail.duration_ms) },
    { name: t('info.date'), value: detail.date },
  ])
}
