// @vitest-environment happy-dom
import { mount } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createI18n } from 'vue-i18n'

import en from '../../../locales/en.json'
import JsonView from './JsonView.vue'

const PROMPT = '{"3": {"class_type": "KSampler", "inputs": {"seed": 12345678901234567890}}, "4": {"class_type": "VAEDecode"}}'

function show(...texts: string[]) {
  return mount(JsonView, {
    props: { name: 'a.png', texts: texts.map((text, index) => ({ name: `text ${index}`, place: 'png:tEXt', text })) },
    global: { plugins: [createI18n({ legacy: false, locale: 'en', messages: { en } })] },
    attachTo: document.body,
  })
}

type View = ReturnType<typeof show>

const lines = (view: View): string[] => view.findAll('[role="treeitem"]').map((row) => row.text().replace(/\s+/g, ' '))
const press = async (view: View, ...keys: string[]): Promise<void> => {
  for (const key of keys) await view.get('[role="tree"]').trigger('keydown', { key })
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
})
afterEach(() => {
  vi.useRealTimers()
  document.body.replaceChildren()
})

describe('the JSON view', () => {
  it('shows what lies in the first level', () => {
    expect(lines(show(PROMPT))).toEqual(['{2}', '3KSampler{2}', '4VAEDecode{1}'])
  })

  it('is walked with the arrow keys', async () => {
    const view = show(PROMPT)
    await press(view, 'ArrowDown', 'ArrowRight', 'ArrowRight', 'ArrowDown', 'ArrowRight', 'ArrowRight')
    expect(view.get('.where').text()).toBe('["3"].inputs.seed')
    expect(view.get('.foot pre').text()).toBe('12345678901234567890')
    await press(view, 'ArrowLeft', 'ArrowLeft', 'ArrowLeft', 'ArrowLeft')
    expect(lines(view)).toHaveLength(3)
    await press(view, 'End')
    expect(view.get('[aria-selected="true"]').text()).toContain('VAEDecode')
    await press(view, 'Home')
    expect(view.get('[aria-selected="true"]').attributes('aria-level')).toBe('1')
  })

  it('opens what hides a match', async () => {
    const view = show(PROMPT)
    await view.get('input').setValue('seed')
    await vi.advanceTimersByTimeAsync(400)
    expect(view.get('.counted').text()).toBe('1 of 1')
    expect(view.get('.where').text()).toBe('["3"].inputs.seed')
  })

  it('draws few of many rows', async () => {
    const view = show(`[${Array.from({ length: 900 }, (_unused, index) => index).join()}]`)
    await vi.advanceTimersByTimeAsync(100)
    expect(lines(view).length).toBeLessThan(100)
    expect(view.get('.content').attributes('style')).toContain(`${901 * 24}px`)
  })

  it('says where a text is damaged and shows what stands before', () => {
    const view = show('{"nodes": [{"id": 1}, {"id"')
    expect(view.get('[role="alert"]').text()).toContain('28')
    expect(lines(view)).toEqual(['{1}', 'nodes[2]'])
  })

  it('changes to another text', async () => {
    const view = show(PROMPT, '[1]')
    await view.findAll('.names button')[1]?.trigger('click')
    expect(lines(view)).toEqual(['[1]', '01'])
  })
})
