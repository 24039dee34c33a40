import { describe, expect, it } from 'vitest'

import { jsonFileName, jsonTexts, workflowOf } from './jsonTexts'

const raw = (key: string, text: string) => ({ place: 'png:tEXt', key, text })

describe('jsonTexts', () => {
  it('picks what looks like JSON', () => {
    const texts = jsonTexts([raw('prompt', '{"3": {}}'), raw('parameters', 'a cat\nSteps: 20'), raw('list', '[1]')])
    expect(texts.map((text) => text.name)).toEqual(['prompt', 'list'])
  })

  it('takes the name in front of the text', () => {
    expect(jsonTexts([raw('Make', 'workflow:{"nodes": []}')])).toEqual([
      { name: 'workflow', place: 'png:tEXt', text: '{"nodes": []}' },
    ])
  })

  it('leaves prompts in brackets alone', () => {
    expect(jsonTexts([raw('parameters', '[cat|dog], (sky:1.2)'), raw('parameters', '{red|blue} car')])).toEqual([])
  })
})

describe('workflowOf', () => {
  it('prefers the workflow to the prompt, wherever they stand', () => {
    const texts = jsonTexts([raw('prompt', '{"3": {}}'), raw('workflow', '{"nodes": []}')])
    expect(workflowOf(texts)?.name).toBe('workflow')
  })

  it('finds it inside of a video tag, as an object or as a text', () => {
    expect(workflowOf(jsonTexts([raw('comment', '{"prompt": {"1": 2}, "workflow": {"nodes": [NaN]}}')]))?.text).toBe('{"nodes": [NaN]}')
    expect(workflowOf(jsonTexts([raw('comment', '{"workflow": "{\\"nodes\\": []}"}')]))?.text).toBe('{"nodes": []}')
  })

  it('is null for texts that are no graph', () => {
    expect(workflowOf(jsonTexts([raw('Comment', '{"prompt": "a cat", "steps": 28}')]))).toBeNull()
    expect(workflowOf([])).toBeNull()
  })
})

describe('jsonFileName', () => {
  it.each([
    ['picture.png', 'workflow', 'picture.workflow.json'],
    ['a.b.webp', 'comfy:prompt', 'a.b.prompt.json'],
    ['no suffix', 'sd-metadata', 'no suffix.sd-metadata.json'],
    ['.png', 'workflow', '.png.workflow.json'],
    ['odd:name?.png', '', 'odd_name_.json'],
  ])('%s and %s make %s', (media, name, wanted) => {
    expect(jsonFileName(media, name)).toBe(wanted)
  })
})
