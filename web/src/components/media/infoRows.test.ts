import { describe, expect, it } from 'vitest'

import type { GenInfo, Stage } from '../../core/media'
import { parameterRows, settingRows, stagesOf } from './infoRows'

const EMPTY: GenInfo = {
  tool: null,
  tool_version: null,
  prompt: null,
  negative_prompt: null,
  prompt_parts: [],
  negative_parts: [],
  characters: [],
  models: [],
  loras: [],
  embeddings: [],
  vae: null,
  sampler: null,
  scheduler: null,
  steps: null,
  cfg: null,
  guidance: null,
  seed: null,
  width: null,
  height: null,
  denoise: null,
  hires: {},
  stages: [],
  parameters: {},
  is_generated: null,
  source: {},
  confidence: {},
  notes: [],
  raw: [],
}
const t = (key: string, named?: Record<string, unknown>): string => [key.replace('info.', ''), ...Object.values(named ?? {})].join(' ')
const settings = (part: Partial<GenInfo>) => settingRows({ ...EMPTY, ...part }, t)
const stage = (part: Partial<Stage>): Stage => ({ sampler: null, scheduler: null, steps: null, cfg: null, seed: null, denoise: null, ...part })

describe('settingRows', () => {
  it('leaves out what the file does not tell, and keeps zeros', () => {
    expect(settings({ cfg: 0, steps: 20 }).map((row) => [row.name, row.value])).toEqual([['steps', '20'], ['cfg', '0']])
  })

  it('says which values were inferred and where a value stands', () => {
    const [seed, size] = settings({ seed: '5', width: 8, height: 9, confidence: { size: 0.5 }, source: { seed: 'exif' } })
    expect([seed?.confidence, seed?.source, size?.value, size?.confidence]).toEqual([undefined, 'exif', '8 × 9', 0.5])
  })

  it('names the tool once, and searches for it without its version', () => {
    const [row] = settings({ tool: 'Fooocus', tool_version: 'Fooocus v2.4.3' })
    expect([row?.value, row?.searchValue]).toEqual(['Fooocus v2.4.3', 'Fooocus'])
    expect(settings({ tool: 'A1111', tool_version: 'v1.9' })[0]?.value).toBe('A1111 v1.9')
  })
})

describe('stagesOf', () => {
  it('tells of several passes only', () => {
    expect(stagesOf({ ...EMPTY, stages: [stage({ steps: 20 })] }, t)).toEqual([])
    const [first, second] = stagesOf({ ...EMPTY, stages: [stage({ steps: 20 }), stage({ denoise: 0.4, sampler: 'euler', scheduler: 'normal' })] }, t)
    expect([first?.title, second?.title]).toEqual(['pass 1', 'pass 2'])
    expect(second?.rows.map((row) => row.value)).toEqual(['euler / normal', '0.4'])
  })
})

describe('parameterRows', () => {
  it('shows values of any shape', () => {
    expect(parameterRows({ ...EMPTY, parameters: { a: 'x', b: 2, c: { d: [1] }, e: '' } }).map((row) => row.value)).toEqual(['x', '2', '{"d":[1]}'])
  })
})
